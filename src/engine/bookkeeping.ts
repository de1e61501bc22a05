/**
 * What the opportunity is told about its deal: referral id, link, status and the last result in words. Level-triggered:
 * the wanted texts follow from the link, and only a difference from what was last written is written.
 */
import { canonicalGuid, type OpportunityId } from '../core/ids.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { answerText, type MicrosoftAnswer } from '../core/microsoft-answer.ts';
import type { Finding } from '../core/plan.ts';
import type { CrmValue, OpportunityUpdate, Referral } from '../core/ports.ts';
import type { Link } from '../core/store-port.ts';
import { asHeard, isUnheard } from './told.ts';

/** Where a person opens a referral in Partner Center. */
const REFERRAL_PAGE = 'https://partner.microsoft.com/referrals/v2/inbox?id=';
const PROBLEM = 'Needs attention: ';
/** Text columns for a status hold 255 characters in both CRMs. */
const STATUS_LIMIT = 255;

export interface Bookkeeping {
  readonly update: OpportunityUpdate;
  /** What `Link.written` becomes once it is written. */
  readonly written: Link['written'];
}

/** The status in words: where the deal stands, and what Microsoft said. */
export function statusText(link: Link, referral: Referral, said: MicrosoftAnswer | null): string {
  const state = referral.deal.state ?? referral.substatus;
  const microsoft = link.siblings.find(({ organizationId }) => organizationId?.toLowerCase() === 'msft');
  const kind =
    microsoft !== undefined || said !== null
      ? 'co-sell'
      : referral.deal.visibleToMicrosoft === true
        ? 'partner-led'
        : 'private';
  const answer =
    said !== null
      ? `, Microsoft: ${answerText(said)}`
      : microsoft === undefined
        ? ''
        : `, Microsoft: ${microsoft.state}`;
  return `${state} (${kind}${answer})`.slice(0, STATUS_LIMIT);
}

function resultText(link: Link, findings: readonly Finding[]): string {
  const problem = findings.find(
    ({ kind, values }) =>
      kind === 'parked' || (kind === 'conflict' && values.some(({ applied }) => applied === null)),
  );
  if (problem !== undefined) return `${PROBLEM}${problem.message}`;
  const before = link.written.audit ?? null;
  if (before === null) return link.written.event ?? 'Linked with Partner Center.';
  return before.startsWith(PROBLEM) ? 'In agreement with Partner Center.' : before;
}

/** What a linked opportunity's bookkeeping columns are to say, by purpose. */
export function wantedTexts(
  link: Link,
  referral: Referral,
  findings: readonly Finding[],
  said: MicrosoftAnswer | null = null,
): Readonly<Record<string, string | null>> {
  return {
    referralId: link.referralId,
    referralLink: `${REFERRAL_PAGE}${link.referralId}`,
    status: statusText(link, referral, said),
    audit: resultText(link, findings),
  };
}

/** What a linked opportunity's bookkeeping columns lack; null when nothing. */
export function linkBookkeeping(
  mapping: Mapping,
  link: Link,
  referral: Referral,
  findings: readonly Finding[],
  now: string,
  held: CrmValue | undefined,
  said: MicrosoftAnswer | null = null,
): Bookkeeping | null {
  const { tag } = mapping;
  const wanted = wantedTexts(link, referral, findings, said);
  // A person may have cleared or overwritten the id: it is put back from the ledger.
  const tagGone = held !== undefined && (typeof held !== 'string' || canonicalGuid(held) !== link.referralId);
  const lacks = (purpose: 'referralLink' | 'status' | 'audit'): boolean =>
    isUnheard(link) || link.written[purpose] !== wanted[purpose];
  const values: Record<string, CrmValue> = {};
  if (tagGone) values[tag.referralId] = link.referralId;
  if (tag.referralLink !== null && lacks('referralLink'))
    values[tag.referralLink] = wanted.referralLink ?? null;
  if (tag.status !== null && lacks('status')) values[tag.status] = wanted.status ?? null;
  if (tag.audit !== null && lacks('audit')) values[tag.audit] = stamped(wanted.audit ?? '', now);
  if (Object.keys(values).length === 0) return null;
  return { update: { id: link.opportunityId, values }, written: { ...asHeard(link.written), ...wanted } };
}

/** What an opportunity that cannot be shared is told. */
export function parkedBookkeeping(
  mapping: Mapping,
  id: OpportunityId,
  finding: Finding,
  now: string,
): OpportunityUpdate | null {
  const values: Record<string, CrmValue> = {};
  if (mapping.tag.status !== null) values[mapping.tag.status] = 'Not shared';
  if (mapping.tag.audit !== null) values[mapping.tag.audit] = stamped(`${PROBLEM}${finding.message}`, now);
  return Object.keys(values).length === 0 ? null : { id, values };
}

/** What a linked opportunity is told of a write that Partner Center refused; null where it was told already. */
export function refusalBookkeeping(
  { tag }: Mapping,
  link: Link,
  finding: Finding,
  now: string,
): Bookkeeping | null {
  const audit = `${PROBLEM}${finding.message}`;
  if (tag.audit === null || link.written.audit === audit) return null;
  return {
    update: { id: link.opportunityId, values: { [tag.audit]: stamped(audit, now) } },
    written: { ...link.written, audit },
  };
}

function stamped(text: string, now: string): string {
  return `${now.slice(0, 16).replace('T', ' ')} UTC - ${text}`;
}
