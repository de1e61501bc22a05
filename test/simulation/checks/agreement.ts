/** Both sides agree on every mapped field of every linked pair, or the daemon says why not; and nobody is left behind. */

import { missingParts } from '../../../src/core/checklist.ts';
import type { Deal, FieldName } from '../../../src/core/deal.ts';
import { kindOf } from '../../../src/core/deal.ts';
import { groupOf } from '../../../src/core/fields.ts';
import type { OpportunityId, ReferralId } from '../../../src/core/ids.ts';
import { canonicalJson } from '../../../src/core/lenses/equality.ts';
import { isTerminal } from '../../../src/core/lifecycle.ts';
import type { OpportunityRecord, Referral } from '../../../src/core/ports.ts';
import type { AttentionItem, Link } from '../../../src/core/store-port.ts';
import { dealOf } from '../deals.ts';
import { FOLLOWED } from '../history.ts';
import type { Simulation } from '../one-run.ts';
import type { Server } from '../server.ts';
import { alike, standsFor } from './alike.ts';

/** The first of the two moments at which everything must agree: before any audit. */
export const WITHIN_THE_HOUR = 'within the hour';
const BOTH_WAYS: ReadonlySet<FieldName> = new Set(FOLLOWED);
/** Notices that a closed deal takes no edit any more. */
const CLOSED_CODES: ReadonlySet<string> = new Set(['frozen', 'differs-at-adoption']);
/** Notice that Partner Center said yes to a value and keeps another. */
const NOT_APPLIED = 'not-applied';

/** Why two sides may differ in a field: an item a person can see. */
function explains(server: Server, item: AttentionItem, field: FieldName): boolean {
  if (item.kind === 'approval') return true;
  const names = groupOf(field).some((member) => item.fields.includes(member));
  // A person may choose what Partner Center holds for a field that only travels there: then they stay apart.
  if (item.kind === 'conflict' && item.state === 'resolved')
    return names && !BOTH_WAYS.has(field) && Object.values(item.decisions).includes('partnerCenter');
  if (item.kind === 'conflict') return names && item.values.some((value) => value.applied === null);
  // A field that travels both ways may only stay apart where the deal is closed.
  if (item.code === NOT_APPLIED) return names && server.circumstances.ignoresDates;
  if (item.kind === 'notice') return names && (CLOSED_CODES.has(item.code) || !BOTH_WAYS.has(field));
  // A parked pair waits as a whole where the cause is the pair's; a field's cause explains that field.
  return item.fields.length === 0 || item.fields.includes('tag') || names;
}

export async function checkAgreement(simulation: Simulation, when: string): Promise<void> {
  const { server, state } = simulation;
  const { crm, partnerCenter } = server;
  const everything = await state.ledger.attention({});
  // A notice stays true when it was dismissed; what was resolved is none any more.
  const items = everything.filter(
    ({ state: now, kind }) =>
      now === 'open' || (kind === 'notice' && now === 'dismissed') || kind === 'conflict',
  );
  const links = await state.ledger.links({});
  const known = server.violations.length;
  for (const link of links) {
    const row = crm.rows.get(link.opportunityId);
    const referral = partnerCenter.referrals.get(link.referralId);
    if (row === undefined || referral === undefined) {
      server.violations.push(`G1 ${when} the link of ${link.opportunityId} joins records that do not exist`);
      continue;
    }
    if (
      row.deleted ||
      isUnseen(server, row.id, when) ||
      partnerCenter.hidden.has(referral.id) ||
      server.broken.has(referral.id) ||
      referral.malformed.length > 0
    )
      continue;
    if (!dealOf(row, server.mapping).inScope) continue;
    const about = items.filter(
      ({ opportunityId, referralId, code }) =>
        opportunityId === link.opportunityId || referralId === link.referralId || code === 'too-many-closes',
    );
    checkPair(simulation, when, link, row, referral, about);
  }
  checkNobodyLeft(simulation, when, links, items);
  const [broken] = server.broken.keys();
  if (broken === undefined) return;
  for (const text of server.violations.slice(known))
    server.violations.push(`G10 beside ${broken}, at which Partner Center fails, ${text}`);
}

function checkPair(
  { server }: Simulation,
  when: string,
  link: Link,
  row: OpportunityRecord,
  referral: Referral,
  about: readonly AttentionItem[],
): void {
  const { mapping } = server;
  const { deal, problems } = dealOf(row, mapping);
  const there = referral.deal;
  const pair = `${link.opportunityId} / ${link.referralId}`;
  const differ = (field: FieldName, text = ''): void => {
    if (about.some((item) => explains(server, item, field))) return;
    server.violations.push(
      `G1 ${when} ${pair} differ in ${field}: ${canonicalJson(deal[field] ?? null)} and ${canonicalJson(there[field] ?? null)} ${text}(${about.map(({ key }) => key).join(', ')})`,
    );
  };
  if (row.values[mapping.tag.referralId] !== referral.id && !isLockedRow(row))
    differ('name', 'the CRM lacks the referral id ');
  checkTold(server, when, pair, referral, row, about);
  const closed = there.state !== undefined && there.state !== null && isTerminal(there.state);
  if (referral.tag.kind === 'none' && !closed) differ('customer', 'the referral lacks the CRM id ');
  // Edits of an inbound deal that nobody has answered wait for the answer.
  const answerWaits = about.some(
    ({ kind, fields }) => kind === 'parked' && (fields.includes('state') || fields.includes('reason')),
  );
  const unanswered =
    there.state === 'Received' && (deal.state === 'Received' || deal.state === undefined || answerWaits);
  if (!unanswered)
    for (const field of ['notes', 'amount', 'closeDate'] as const)
      if (!alike(server, field, deal[field], there[field])) differ(field);
  const { state } = there;
  const means = state !== undefined && state !== null && standsFor(server, row, state);
  if (!problems.some(({ field }) => field === 'state') && deal.state !== state && !means) differ('state');
  if (
    deal.state === 'Accepted' &&
    there.state === 'Accepted' &&
    deal.salesStage &&
    there.salesStage &&
    deal.salesStage !== there.salesStage
  )
    differ('state', 'sales stage ');
  if (closed || unanswered) return;
  for (const field of ['team', 'solutions'] as const) {
    if (problems.some((problem) => problem.field === field)) continue;
    const missing = (deal[field] ?? []).filter((entry) => !contains(there[field], entry));
    if (missing.length > 0) differ(field);
  }
  if (
    deal.consentToShareContact === true &&
    (deal.contacts ?? []).some((entry) => !contains(there.contacts, entry))
  )
    differ('contacts');
  if (kindOf(deal) !== 'private' && there.visibleToMicrosoft !== true) differ('visibleToMicrosoft');
  checkInvitation(server, when, referral, deal, differ);
}

/** The CRM shows where the deal stands and what it waits for, whatever became of the writes that told it. */
function checkTold(
  server: Server,
  when: string,
  pair: string,
  { deal }: Referral,
  row: OpportunityRecord,
  about: readonly AttentionItem[],
): void {
  const { status, audit } = server.mapping.tag;
  const told = server.bookkeeping.get(row.id) ?? {};
  // What stood in a column when the pair was found again is another tool's business until it changes.
  if (server.marks.has('state-lost') || isLockedRow(row)) return;
  const waits = about.some(({ kind, state }) => kind !== 'notice' && state === 'open');
  if (waits) return;
  const stands = status === null ? undefined : told[status];
  if (typeof stands === 'string' && !stands.startsWith(`${deal.state ?? ''} (`))
    server.violations.push(
      `G1 ${when} the CRM says "${stands}" of ${pair}, which is ${deal.state ?? 'unknown'}`,
    );
  const last = audit === null ? undefined : told[audit];
  if (typeof last === 'string' && last.includes('Needs attention'))
    server.violations.push(`G1 ${when} the CRM says that ${pair} needs attention, which it does not`);
}

function checkInvitation(
  server: Simulation['server'],
  _when: string,
  referral: Referral,
  deal: Deal,
  differ: (field: FieldName, text?: string) => void,
): void {
  if (kindOf(deal) !== 'co-sell' || referral.deal.state !== 'Accepted' || referral.origin !== 'own') return;
  // Nobody is asked for help with a deal that the CRM has ended, or may have.
  if (deal.state === undefined || deal.state === null || isTerminal(deal.state)) return;
  const invited = [...server.partnerCenter.referrals.values()].some(
    ({ isMicrosofts, engagementId }) => isMicrosofts && engagementId === referral.engagementId,
  );
  if (!invited)
    differ(
      deal.consentToShareContact === true ? 'help' : 'consentToShareContact',
      'Microsoft was never invited ',
    );
}

function contains(
  list: readonly { readonly email?: string | null; readonly id?: string }[] | undefined,
  entry: { readonly email?: string | null; readonly id?: string },
): boolean {
  return (list ?? []).some((other) =>
    entry.id === undefined ? other.email === entry.email : other.id === entry.id,
  );
}

function isLockedRow(row: OpportunityRecord): boolean {
  return String(row.values.Description ?? '').includes('under audit');
}

/** What comes into sight again has not changed: no feed tells of it, and the night's audit finds it. */
function isUnseen({ crm, everHidden }: Server, id: OpportunityId, when: string): boolean {
  return crm.hidden.has(id) || (when === WITHIN_THE_HOUR && everHidden.has(id));
}

/** Nobody may be left behind; above all not because somebody else's record waits for a person. */
function blame(server: Server, items: readonly AttentionItem[], id: string, text: string): void {
  server.violations.push(`G1 ${text}`);
  const beside = items.find(
    ({ kind, state, opportunityId, referralId }) =>
      (kind === 'parked' || kind === 'conflict') &&
      state === 'open' &&
      opportunityId !== id &&
      referralId !== id,
  );
  if (beside !== undefined) server.violations.push(`G10 beside ${beside.key}, ${text}`);
}

/** Every complete opportunity that the filter selects has its deal, every open inbound deal its opportunity, or an item says why. */
function checkNobodyLeft(
  { server, clock }: Simulation,
  when: string,
  links: readonly Link[],
  items: readonly AttentionItem[],
): void {
  const { crm, partnerCenter, mapping } = server;
  const linked = new Set<string>(
    links.flatMap(({ opportunityId, referralId }) => [opportunityId, referralId]),
  );
  const named = new Set(items.flatMap(({ opportunityId, referralId }) => [opportunityId, referralId]));
  for (const row of crm.rows.values()) {
    const mapped = dealOf(row, mapping);
    if (
      row.deleted ||
      isUnseen(server, row.id, when) ||
      !mapped.inScope ||
      server.broken.has(String(row.values[mapping.tag.referralId]) as ReferralId) ||
      linked.has(row.id) ||
      named.has(row.id)
    )
      continue;
    const missing = missingParts(mapped.deal, {
      now: clock.now().toISOString().slice(0, 10),
      pastCloseDate: 'park',
      problems: mapped.problems,
    });
    blame(
      server,
      items,
      row.id,
      `${when} opportunity ${row.id} was never shared, and nothing says why (${missing.length === 0 ? 'it is complete' : missing.map(({ text }) => text).join(' ')})`,
    );
  }
  for (const referral of partnerCenter.referrals.values()) {
    const { state } = referral.deal;
    if (referral.isMicrosofts || linked.has(referral.id) || named.has(referral.id)) continue;
    if (server.broken.has(referral.id)) continue;
    if (partnerCenter.hidden.has(referral.id) || state === undefined || state === null || isTerminal(state))
      continue;
    blame(
      server,
      items,
      referral.id,
      `${when} the open referral ${referral.id} has no opportunity, and nothing says why`,
    );
  }
}
