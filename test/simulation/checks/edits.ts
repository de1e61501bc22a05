/** No edit of a person is lost: it is there in the end, or somebody who had seen it changed it again, or an item names it. */
import type { FieldName, FieldValue } from '../../../src/core/deal.ts';
import { groupOf } from '../../../src/core/fields.ts';
import { canonicalJson, sameValue } from '../../../src/core/lenses/equality.ts';
import type { OpportunityRecord, Referral } from '../../../src/core/ports.ts';
import type { AttentionItem } from '../../../src/core/store-port.ts';
import { dealOf } from '../deals.ts';
import type { UserEdit } from '../history.ts';
import { versionAt } from '../history.ts';
import type { Simulation } from '../one-run.ts';
import type { Server } from '../server.ts';
import { alike } from './alike.ts';

/** The two records of one deal, by what the daemon linked them through: the tags they carried at any time. */
function counterpartsOf(server: Server, edit: UserEdit): readonly string[] {
  const { history, mapping } = server;
  const found = new Set<string>();
  for (const [id, versions] of history.opportunities)
    for (const { record } of versions) {
      const tag = record.values[mapping.tag.referralId];
      if (typeof tag !== 'string') continue;
      if (edit.side === 'crm' && id === edit.id) found.add(tag);
      if (edit.side === 'partnerCenter' && tag === edit.id) found.add(id);
    }
  for (const [id, versions] of history.referrals)
    for (const { record } of versions) {
      if (record.isMicrosofts || record.tag.kind !== 'opportunity') continue;
      if (edit.side === 'crm' && record.tag.id === edit.id) found.add(id);
      if (edit.side === 'partnerCenter' && id === edit.id) found.add(record.tag.id);
    }
  return [...found];
}

function valueAt(server: Server, id: string, field: FieldName, sequence: number): FieldValue {
  const { history, mapping } = server;
  const row = versionAt(history.opportunities.get(id as never), sequence)?.record;
  if (row !== undefined) return dealOf(row, mapping).deal[field];
  return versionAt(history.referrals.get(id as never), sequence)?.record.deal[field];
}

/** Whether the edit only took back others that the daemon never saw: to it, nothing was changed. */
function isNoNews(server: Server, { id, side, field, value, sequence }: UserEdit): boolean {
  const { history, mapping } = server;
  const told = (history.told.get(id) ?? []).findLast((entry) => entry.sequence < sequence)?.record;
  if (told === undefined) return false;
  const before = side === 'crm' ? dealOf(told as OpportunityRecord, mapping).deal : (told as Referral).deal;
  return Object.hasOwn(before, field) && alike(server, field, before[field], value);
}

/** Whether the edit sets the field back to what both sides last agreed on: to a merge of values that is no edit. */
function isBack(server: Server, edit: UserEdit, others: readonly string[]): boolean {
  const { history } = server;
  const ids = [edit.id, ...others] as never[];
  const moments = ids
    .flatMap((id) => [...(history.opportunities.get(id) ?? []), ...(history.referrals.get(id) ?? [])])
    .map(({ sequence }) => sequence)
    .filter((sequence) => sequence < edit.sequence)
    .sort((a, b) => b - a);
  for (const sequence of moments) {
    const here = valueAt(server, edit.id, edit.field, sequence);
    const agreed = others.some((id) => {
      const there = valueAt(server, id, edit.field, sequence);
      return here !== undefined && there !== undefined && alike(server, edit.field, here, there);
    });
    if (agreed) {
      if (alike(server, edit.field, here, edit.value)) return true;
      break;
    }
  }
  const isBackToAgreed = isBackToBaseline(server, edit) || isBackToCreation(server, edit, others);
  return isBackToAgreed && !wasCarried(server, edit, others);
}

/** The same by what the daemon held for agreed on, each half of which its server really held. */
function isBackToBaseline(server: Server, { id, side, field, value, sequence }: UserEdit): boolean {
  const held = server.history.links.findLast(
    (entry) =>
      entry.sequence < sequence && (side === 'crm' ? entry.link.opportunityId : entry.link.referralId) === id,
  )?.link.baseline[field];
  return held !== undefined && alike(server, field, side === 'crm' ? held.opportunity : held.referral, value);
}

/** The same by what the daemon created, where it has not come round to say that both sides agreed on that. */
function isBackToCreation(
  server: Server,
  { side, field, value, sequence }: UserEdit,
  others: readonly string[],
): boolean {
  const half = side === 'crm' ? 'opportunity' : 'referral';
  return [...server.history.intents.values()].some(({ sequence: begun, intent }) => {
    const other = side === 'crm' ? intent.referralId : intent.opportunityId;
    const entry = intent.carried?.[field];
    return (
      begun < sequence &&
      intent.kind.startsWith('create-') &&
      other !== null &&
      others.includes(other) &&
      entry !== undefined &&
      alike(server, field, entry[half], value)
    );
  });
}

/**
 * Whether what the edit replaced had reached the other side by the daemon since it took the edit's value for agreed: to
 * take that back is news, whatever the daemon remembers.
 */
function wasCarried(
  server: Server,
  { id, side, field, sequence }: UserEdit,
  others: readonly string[],
): boolean {
  const towardsThere = side === 'crm' ? 'update-referral' : 'update-opportunity';
  const replaced = valueAt(server, id, field, sequence - 1);
  const since = agreedSince(server, { id, side, field, sequence });
  return server.history.writes.some(
    (write) =>
      write.effective &&
      write.what === towardsThere &&
      write.sequence > since &&
      write.sequence < sequence &&
      others.includes(write.id) &&
      Object.hasOwn(write.deal, field) &&
      alike(server, field, write.deal[field], replaced),
  );
}

/** When the daemon came to what it held for agreed on at a moment; 0: it held nothing. */
function agreedSince({ history }: Server, { id, side, field, sequence }: Omit<UserEdit, 'value'>): number {
  const held = history.links.filter(
    (entry) =>
      entry.sequence < sequence && (side === 'crm' ? entry.link.opportunityId : entry.link.referralId) === id,
  );
  const textOf = (index: number): string => canonicalJson(held[index]?.link.baseline[field] ?? null);
  let first = held.length - 1;
  while (first > 0 && textOf(first - 1) === textOf(held.length - 1)) first -= 1;
  return held[first]?.sequence ?? 0;
}

/**
 * Whether both sides were seen to hold the edit's value, and the other side had by then moved on, of which the daemon
 * had not been told: two systems cannot be read in one moment, so to it the other side moved later. What it moved on to
 * is what took the edit's place; whatever became of that afterwards is another edit's affair.
 */
function isOutrun(server: Server, edit: UserEdit, others: readonly string[]): boolean {
  const { links, edits, told } = server.history;
  const { field, value } = edit;
  const agreed = links.find(({ sequence, link }) => {
    const pair = link.baseline[field];
    return (
      sequence > edit.sequence &&
      (link.opportunityId === edit.id || link.referralId === edit.id) &&
      pair !== undefined &&
      alike(server, field, pair.opportunity, value) &&
      alike(server, field, pair.referral, value)
    );
  });
  if (agreed === undefined) return false;
  const instead = replacementOf(server, edit, agreed.sequence);
  if (instead === null) return false;
  return others.some((id) => {
    const moves = edits.filter(
      (other) => other.id === id && other.field === field && other.sequence < instead.sequence,
    );
    const last = moves.findLast(({ sequence }) => sequence < agreed.sequence);
    if (last === undefined) return false;
    const isTold = (told.get(id) ?? []).some(
      ({ sequence, record }) =>
        sequence > last.sequence &&
        sequence < agreed.sequence &&
        // A list that lags tells of an older version.
        alike(server, field, saidBy(server, record, field), last.value),
    );
    const movedOnTo = moves.filter(({ sequence }) => sequence >= last.sequence);
    return !isTold && movedOnTo.some((move) => alike(server, field, move.value, instead.value));
  });
}

/**
 * Whether the edit emptied the field while the daemon, having lost its state, knew of no agreement: to it, a field that
 * is empty on one side was never filled there.
 */
function isFilledAnew(server: Server, edit: UserEdit, others: readonly string[]): boolean {
  const { lostAt, links } = server.history;
  if (edit.value !== null || lostAt === 0) return false;
  const hasAgreed = links.some(
    ({ sequence, link }) =>
      sequence > lostAt &&
      sequence < edit.sequence &&
      (link.opportunityId === edit.id || link.referralId === edit.id) &&
      link.baseline[edit.field] !== undefined,
  );
  const instead = replacementOf(server, edit, Math.max(lostAt, edit.sequence));
  return (
    !hasAgreed &&
    instead !== null &&
    others.some((id) =>
      alike(server, edit.field, valueAt(server, id, edit.field, instead.sequence), instead.value),
    )
  );
}

/** What first took the edit's place in its own record after a moment. */
function replacementOf(
  server: Server,
  { id, field, value }: UserEdit,
  after: number,
): { readonly sequence: number; readonly value: FieldValue } | null {
  const { opportunities, referrals } = server.history;
  const versions = [...(opportunities.get(id as never) ?? []), ...(referrals.get(id as never) ?? [])];
  for (const { sequence, record } of versions) {
    if (sequence < after) continue;
    const held = saidBy(server, record, field);
    if (!alike(server, field, held, value)) return { sequence, value: held };
  }
  return null;
}

/**
 * Whether the edit chose, by chance, the very value that the daemon was about to write there when it was cut off: what a
 * server holds does not tell whose it is, so to the daemon its own write arrived.
 */
function isTakenForOurs({ history }: Server, { id, side, field, value, sequence }: UserEdit): boolean {
  const half = side === 'crm' ? 'opportunity' : 'referral';
  return [...history.intents.values()].some(({ sequence: begun, settled, intent }) => {
    const entry = intent.carried?.[field];
    return (
      (side === 'crm' ? intent.opportunityId : intent.referralId) === id &&
      begun < sequence &&
      (settled === null || settled > sequence) &&
      entry !== undefined &&
      sameValue(field, entry[half], value)
    );
  });
}

function saidBy({ mapping }: Server, record: OpportunityRecord | Referral, field: FieldName): FieldValue {
  return 'values' in record ? dealOf(record, mapping).deal[field] : record.deal[field];
}

/** Whether an operator decided between this very value and the other side's. */
function isDecided(
  server: Server,
  items: readonly AttentionItem[],
  { id, side, field, value }: UserEdit,
): boolean {
  const [half, winner] =
    side === 'crm' ? (['opportunity', 'partnerCenter'] as const) : (['referral', 'crm'] as const);
  return items.some(
    ({ kind, opportunityId, referralId, decisions, values }) =>
      kind === 'conflict' &&
      (opportunityId === id || referralId === id) &&
      decisions[field] === winner &&
      values.some((shown) => shown.field === field && alike(server, field, shown[half] as FieldValue, value)),
  );
}

/** Whether a person who had this edit before their eyes changed the field again. */
function isSuperseded(server: Server, edit: UserEdit, others: readonly string[]): boolean {
  return server.history.edits.some((later) => {
    if (later.sequence <= edit.sequence || later.field !== edit.field) return false;
    if (later.id === edit.id) return true;
    return (
      others.includes(later.id) &&
      alike(server, edit.field, valueAt(server, later.id, edit.field, later.sequence - 1), edit.value)
    );
  });
}

/** Whether an item that was raised after the edit names the value, or says that the field is not carried. */
function isNamed(server: Server, edit: UserEdit, others: readonly string[]): boolean {
  const { named } = server.history;
  const ids = new Set<string | null>([edit.id, ...others]);
  return named.some(({ sequence, item }) => {
    if (sequence < edit.sequence || !(ids.has(item.opportunityId) || ids.has(item.referralId))) return false;
    if (item.kind === 'conflict')
      return item.values.some(
        ({ field, opportunity, referral }) =>
          field === edit.field &&
          alike(server, field, (edit.side === 'crm' ? opportunity : referral) as FieldValue, edit.value),
      );
    // Fields whose edits are followed travel both ways: nothing may call them one-way.
    return item.code !== 'one-way' && groupOf(edit.field).some((member) => item.fields.includes(member));
  });
}

export async function checkEdits({ server, state }: Pick<Simulation, 'server' | 'state'>): Promise<void> {
  const { history } = server;
  const items = await state.ledger.attention({});
  const end = history.now();
  for (const edit of history.edits) {
    const final = valueAt(server, edit.id, edit.field, end);
    if (alike(server, edit.field, final, edit.value) || final === undefined) continue;
    // Whoever accepted a deal that was then won or lost has not been overruled.
    if (edit.value === 'Accepted' && (final === 'Won' || final === 'Lost')) continue;
    const others = counterpartsOf(server, edit);
    if (isNoNews(server, edit) || isBack(server, edit, others)) continue;
    if (isSuperseded(server, edit, others) || isNamed(server, edit, others)) continue;
    if (isOutrun(server, edit, others) || isTakenForOurs(server, edit)) continue;
    if (isFilledAnew(server, edit, others)) continue;
    if (isDecided(server, items, edit)) continue;
    server.violations.push(
      `G2 the edit of ${edit.field} of ${edit.id} to ${canonicalJson(edit.value ?? null)} is lost: it ended as ${canonicalJson(final ?? null)}`,
    );
  }
}
