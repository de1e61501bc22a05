/** A plan as a person reads it: actions in groups, each with its records, changes and reason. */

import { escapeTerminal } from '../core/lenses/text.ts';
import type { Action, ActionType } from '../core/plan.ts';
import { count, displayValue, type Paint, wrap } from './format.ts';
import type { ConnectionPlanned } from './planning.ts';
import { renderCauses } from './run-report.ts';

const TITLES: Readonly<Record<ActionType, readonly [one: string, many: string]>> = {
  'create-referral': ['deal to create in Partner Center', 'deals to create in Partner Center'],
  'invite-microsoft': ['invitation to Microsoft', 'invitations to Microsoft'],
  'accept-referral': ['deal to accept', 'deals to accept'],
  'decline-referral': ['deal to decline', 'deals to decline'],
  'close-referral': ['deal to close', 'deals to close'],
  'register-deal': ['deal to register with Microsoft', 'deals to register with Microsoft'],
  'update-referral': ['deal to update in Partner Center', 'deals to update in Partner Center'],
  'create-opportunity': ['opportunity to create in the CRM', 'opportunities to create in the CRM'],
  'update-opportunity': ['opportunity to update in the CRM', 'opportunities to update in the CRM'],
  link: ['pair to link', 'pairs to link'],
  unlink: ['pair to unlink', 'pairs to unlink'],
};
const ORDER = Object.keys(TITLES) as ActionType[];

export interface PlanReportOptions {
  readonly paint: Paint;
  readonly width: number;
}

/** The plan of one connection. */
export function renderPlan(planned: ConnectionPlanned, options: PlanReportOptions): string {
  const { paint, width } = options;
  const { actions, guarded, stopped, items, connection } = planned;
  const irreversible = actions.filter((action) => action.irreversible.length > 0).length;
  const heading =
    actions.length === 0
      ? 'nothing would be written.'
      : `${count(actions.length, 'action')}${irreversible === 0 ? '' : `, ${irreversible} of them irreversible`}. Nothing has been written.`;
  const parts = [`${paint('bold', connection)}: ${heading}\n`];
  for (const type of ORDER) {
    const group = actions.filter((action) => action.type === type);
    if (group.length > 0) parts.push(`\n${renderGroup(type, group, options)}`);
  }
  const limits = [...(stopped === null ? [] : [wrap(stopped, width)]), ...limitLines(guarded)];
  if (limits.length > 0) parts.push(`\n${limits.map((line) => paint('yellow', line)).join('\n')}\n`);
  if (items.length > 0) parts.push(`\nLeft to a person:\n${renderCauses(items, { paint, width })}`);
  return parts.join('');
}

function renderGroup(
  type: ActionType,
  group: readonly Action[],
  { paint, width }: PlanReportOptions,
): string {
  const [one, many] = TITLES[type];
  const title = `${group.length.toLocaleString('en-US')} ${group.length === 1 ? one : many}`;
  return `${paint('bold', title)}\n${group.map((action) => renderAction(action, paint, width)).join('')}`;
}

function renderAction(action: Action, paint: Paint, width: number): string {
  const { type, opportunityId, referralId, changes, irreversible, reason } = action;
  const records = [
    opportunityId === null ? '' : `opportunity ${opportunityId}`,
    referralId === null ? '' : `referral ${referralId}`,
  ];
  const mark =
    irreversible.length === 0 ? '' : `  ${paint('red', `IRREVERSIBLE (${irreversible.join(', ')})`)}`;
  const lines = [`  ${type}  ${escapeTerminal(records.filter((text) => text !== '').join(' / '))}${mark}`];
  for (const { field, from, to } of changes) {
    if (isNothing(from) && isNothing(to)) continue;
    lines.push(`      ${field}: ${paint('dim', displayValue(from))} -> ${displayValue(to)}`);
  }
  lines.push(paint('dim', wrap(reason, width, '      ')));
  return `${lines.join('\n')}\n`;
}

function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** What a run would hold back of this plan. */
function limitLines({ halted, waiting, capped }: ConnectionPlanned['guarded']): string[] {
  const lines: string[] = [];
  if (halted.length > 0)
    lines.push(
      `${count(halted.length, 'close')} would be held back: more than a run may do (maxClosesPerRun). A person must approve them.`,
    );
  if (waiting.length > 0)
    lines.push(`${count(waiting.length, 'action')} would wait for approval (policy.approvals).`);
  if (capped.length > 0)
    lines.push(`${count(capped.length, 'action')} would be left to later runs (maxWritesPerRun).`);
  return lines;
}
