/** What a person decides about attention items, as operations on the ledger. Each leaves an entry in the history. */
import type { FieldName, FieldValue } from '../core/deal.ts';
import { decisionsInWords } from '../core/decided-elsewhere.ts';
import { ConfigurationError } from '../core/errors.ts';
import { isFieldName, specOf } from '../core/fields.ts';
import { shown } from '../core/plan.ts';
import type { AttentionItem, HistoryEntry, Ledger, LedgerChanges } from '../core/store-port.ts';

export interface OperatorDependencies {
  readonly ledger: Ledger;
  readonly now: () => Date;
  /** Who decides, for the audit trail; absent where nobody gave a name. */
  readonly by?: string;
}

type Due = NonNullable<LedgerChanges['due']>[number];

/** Makes the records of an item due at once; a pair is decided as one, whichever side is due. */
export function dueOf({ opportunityId, referralId }: AttentionItem, dueAt: string): Due[] {
  return [
    ...(opportunityId === null ? [] : [{ side: 'opportunity' as const, id: opportunityId as string, dueAt }]),
    ...(referralId === null ? [] : [{ side: 'referral' as const, id: referralId as string, dueAt }]),
  ];
}

interface Entered {
  readonly item: AttentionItem;
  readonly at: string;
  readonly by: string | undefined;
  readonly rule: string;
  readonly value: unknown;
  readonly field?: string;
  readonly from?: unknown;
}

export function entry({
  item,
  at,
  by,
  rule,
  value,
  field = 'attention',
  from = null,
}: Entered): HistoryEntry {
  const { opportunityId, referralId } = item;
  return {
    at,
    runId: null,
    opportunityId,
    referralId,
    field,
    who: 'operator',
    ...(by === undefined ? {} : { by }),
    to: 'ledger',
    from,
    value,
    rule,
    requestId: null,
  };
}

/**
 * The next run takes the items' records up again, also those that were dismissed. Decisions and approvals that were not
 * carried out yet are taken back.
 * @throws DecidedElsewhereError when somebody decided about one of them since it was read
 */
export async function retryItems(
  { ledger, now, by }: OperatorDependencies,
  items: readonly AttentionItem[],
): Promise<void> {
  const at = now().toISOString();
  await ledger.commit({
    asSeen: items,
    due: items.flatMap((item) => dueOf(item, at)),
    // What was decided stays decided when it is seen again, unless it is resolved first.
    resolved: items.filter((item) => item.state !== 'open' || isDecided(item)).map(({ key }) => key),
    attention: items.map((item) => ({ ...item, state: 'open', decisions: {} })),
    history: items.map((item) =>
      entry({ item, at, by, rule: `asked to try again: ${item.code}`, value: item.id }),
    ),
  });
}

/**
 * Decides a conflict: the next run carries the chosen side's value over, if neither side has moved by then.
 * @param field one of the conflict's fields, or null for all of them
 * @throws ConfigurationError when the item is no conflict, not of that field, or decided the other way already
 * @throws DecidedElsewhereError when it changed or was decided since it was read
 */
export async function resolveConflict(
  { ledger, now, by }: OperatorDependencies,
  item: AttentionItem,
  field: string | null,
  take: 'crm' | 'partnerCenter',
): Promise<readonly FieldName[]> {
  if (item.kind !== 'conflict') {
    throw new ConfigurationError([
      `${item.id} is no conflict but ${withArticle(item.kind)}; only conflicts are resolved with --take.`,
    ]);
  }
  if (item.state !== 'open') {
    throw new ConfigurationError([`${item.id} is ${item.state} already; nothing is left to decide.`]);
  }
  const values = item.values.filter(
    (value) => field === null || value.field === field || specOf(value.field).group === field,
  );
  if (values.length === 0) {
    const known = item.values.map((value) => value.field).join(', ');
    const reason = field !== null && !isFieldName(field) ? 'is no field' : 'is not in conflict';
    throw new ConfigurationError([`${field} ${reason} in ${item.id}; its fields are ${known}.`]);
  }
  const otherwise = values.find(({ field: name }) => {
    const decided = item.decisions[specOf(name).group];
    return decided !== undefined && decided !== take;
  });
  if (otherwise !== undefined) {
    throw new ConfigurationError([
      `${item.id} is decided already (${decisionsInWords(item)}) and waits for the next run; to decide it anew, take that back with \`cosell-sync attention retry ${item.id}\`.`,
    ]);
  }
  const at = now().toISOString();
  // Fields of one group are decided together: an amount never travels without its currency.
  const groups = [...new Set(values.map((value) => specOf(value.field).group))];
  const decisions = { ...item.decisions, ...Object.fromEntries(groups.map((group) => [group, take])) };
  const chosen = (value: (typeof values)[number]): FieldValue =>
    take === 'crm' ? value.opportunity : value.referral;
  await ledger.commit({
    asSeen: [item],
    attention: [{ ...item, decisions }],
    due: dueOf(item, at),
    history: values.map((value) =>
      entry({
        item,
        at,
        by,
        rule: `a person chose ${take === 'crm' ? 'the CRM' : 'Partner Center'}`,
        value: shown(value.field, chosen(value)),
        field: value.field,
        from: shown(value.field, take === 'crm' ? value.referral : value.opportunity),
      }),
    ),
  });
  return values.map((value) => value.field);
}

/**
 * Lets the covered actions pass in the next run.
 * @throws ConfigurationError when an item is no approval, or decided already
 * @throws DecidedElsewhereError when one was decided, or covers other actions, since it was read
 */
export async function approveItems(
  { ledger, now, by }: OperatorDependencies,
  items: readonly AttentionItem[],
): Promise<void> {
  const wrong = items.filter(({ kind }) => kind !== 'approval');
  if (wrong.length > 0) {
    throw new ConfigurationError(
      wrong.map(({ id, kind }) => `${id} is ${withArticle(kind)}, which needs no approval.`),
    );
  }
  refuseDecided(items);
  const at = now().toISOString();
  await ledger.commit({
    asSeen: items,
    attention: items.map((item) => ({ ...item, state: 'approved' })),
    due: items.flatMap((item) => dueOf(item, at)),
    history: items.map((item) => entry({ item, at, by, rule: `approved: ${item.code}`, value: item.id })),
  });
}

/**
 * Takes items off the list; the reason is kept.
 * @throws ConfigurationError, DecidedElsewhereError as for `approveItems`
 */
export async function dismissItems(
  { ledger, now, by }: OperatorDependencies,
  items: readonly AttentionItem[],
  why: string,
): Promise<void> {
  if (why.trim() === '') throw new ConfigurationError(['A dismissal needs a reason: --why TEXT.']);
  refuseDecided(items);
  const at = now().toISOString();
  await ledger.commit({
    asSeen: items,
    attention: items.map((item) => ({ ...item, state: 'dismissed', why })),
    history: items.map((item) => entry({ item, at, by, rule: `dismissed: ${why}`, value: item.id })),
  });
}

function isDecided({ decisions }: AttentionItem): boolean {
  return Object.keys(decisions).length > 0;
}

/** An item that was read as decided is told of before anything is tried. */
function refuseDecided(items: readonly AttentionItem[]): void {
  const problems = items
    .filter(({ state }) => state !== 'open')
    .map(
      ({ id, state }) => `${id} is ${state} already; \`cosell-sync attention retry ${id}\` opens it again.`,
    );
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function withArticle(kind: AttentionItem['kind']): string {
  return kind === 'approval' ? 'an approval' : kind === 'parked' ? 'a parked record' : `a ${kind}`;
}
