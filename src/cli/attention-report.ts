/** Attention items as a person reads them. */
import { escapeTerminal } from '../core/lenses/text.ts';
import { shown } from '../core/plan.ts';
import { causeOf, groupByCause } from '../views/causes.ts';
import type { OwnedItem } from './attention.ts';
import { count, displayTime, displayValue, type Paint, renderTable, wrap } from './format.ts';

export interface AttentionReportOptions {
  readonly paint: Paint;
  readonly width: number;
}

const DECIDE: Readonly<Record<string, string>> = {
  conflict: 'cosell-sync attention resolve ID --take crm (or partnerCenter)',
  approval: 'cosell-sync attention approve ID',
  parked: 'correct the record; or cosell-sync attention retry ID',
  notice: 'cosell-sync attention dismiss ID --why TEXT',
};
/** Causes with more items than this are cut; `--json` has them all. */
const MAX_LISTED = 20;

/** Open items grouped by cause, each group with what to do about it. */
export function renderList(items: readonly OwnedItem[], { paint, width }: AttentionReportOptions): string {
  if (items.length === 0) return 'Nothing needs attention.\n';
  const owner = new Map(items.map(({ connection, item }) => [item, connection]));
  const several = new Set(owner.values()).size > 1;
  const groups = groupByCause(items.map(({ item }) => item)).map(({ kind, code, items: group }) => {
    const title = `${count(group.length, kind === 'parked' ? 'parked record' : kind)}: ${causeOf(code)} (${escapeTerminal(code)})`;
    const lines = group.slice(0, MAX_LISTED).map((item) => {
      const where = several ? `  ${owner.get(item) ?? ''}` : '';
      const seen = item.count > 1 ? `, seen ${item.count} times` : '';
      const record = item.opportunityId ?? item.referralId;
      const about =
        record === null ? '' : `  ${item.opportunityId === null ? 'referral' : 'opportunity'} ${record}`;
      return `  ${paint('bold', item.id)}${about}  since ${displayTime(item.since)}${seen}${where}\n${wrap(item.message, width, '      ')}\n`;
    });
    const rest =
      group.length > MAX_LISTED ? `  and ${group.length - MAX_LISTED} more (--json lists all)\n` : '';
    return `${paint(kind === 'notice' ? 'cyan' : 'yellow', title)}\n${lines.join('')}${rest}  ${paint('dim', DECIDE[kind] ?? '')}\n`;
  });
  return groups.join('\n');
}

/** One item; a conflict with its three values. */
export function renderItem(
  { connection, item }: OwnedItem,
  { paint, width }: AttentionReportOptions,
): string {
  const decided = Object.entries(item.decisions).map(([field, take]) => `${field}: ${take}`);
  const rows = [
    ['Item', item.id],
    ['Kind', `${item.kind} (${escapeTerminal(item.code)}), ${item.state}`],
    ['Connection', connection],
    ...(item.opportunityId === null ? [] : [['Opportunity', item.opportunityId]]),
    ...(item.referralId === null ? [] : [['Referral', item.referralId]]),
    [
      'Since',
      `${displayTime(item.since)} UTC, last seen ${displayTime(item.lastSeenAt)}, ${item.count === 1 ? 'once' : `${item.count} times`}`,
    ],
    ...(decided.length === 0 ? [] : [['Decided', `${decided.join(', ')}; applied by the next run`]]),
    ...(item.why === null ? [] : [['Reason', displayValue(item.why)]]),
  ];
  const applied = { crm: 'the CRM’s was taken', partnerCenter: 'Partner Center’s was taken' } as const;
  const values = item.values.map((value) => [
    value.field,
    displayValue(shown(value.field, value.baseline), 40),
    displayValue(shown(value.field, value.opportunity), 40),
    displayValue(shown(value.field, value.referral), 40),
    value.applied === null ? 'waits for a decision' : applied[value.applied],
  ]);
  const table =
    values.length === 0
      ? ''
      : `\n${renderTable(values, { paint, head: ['Field', 'Agreed on', 'CRM', 'Partner Center', 'Now'] })}`;
  const todo =
    item.state === 'open' ? `\n${paint('dim', (DECIDE[item.kind] ?? '').replaceAll('ID', item.id))}\n` : '';
  return `${renderTable(rows, { paint })}\n${wrap(item.message, width)}\n${table}${todo}`;
}
