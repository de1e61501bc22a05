/**
 * What a new opportunity of a received deal goes without. The deal wants an answer within two weeks, so a value that the
 * CRM cannot hold keeps nobody from getting it; it is told once.
 */
import type { FieldName } from './deal.ts';
import { groupOf, specOf } from './fields.ts';
import type { OpportunityId } from './ids.ts';
import type { MappingProblem } from './mapping-reader.ts';
import type { Mapping } from './mapping-types.ts';
import type { Finding } from './plan.ts';
import type { Referral } from './ports.ts';

/** What an amount means that somebody enters where the deal's own could not be written. */
const AMOUNT_ADVICE =
  'The deal keeps its value in Partner Center; an amount that is entered in the CRM goes to the deal in the currency of the opportunity.';

const NAMES: Readonly<Partial<Record<FieldName, string>>> = { amount: 'an amount', campaignId: 'a campaign' };

function nameOf(group: FieldName): string {
  return NAMES[group] ?? group;
}

/** Told when the opportunity is planned: a column cannot hold the value. */
export function leftOut({ id: referralId }: Referral, { field, code, text }: MappingProblem): Finding {
  const { group } = specOf(field);
  const message = `Referral ${referralId}: ${text}. Its opportunity is created without ${nameOf(group)}.`;
  return {
    key: `notice:${code}:${referralId}:${group}`,
    kind: 'notice',
    code,
    opportunityId: null,
    referralId,
    fields: [group],
    message: withAdvice(group, message),
    values: [],
  };
}

/** A value that new opportunities may go without where the CRM has no row for it: a campaign, a currency. */
export interface Leavable {
  readonly group: FieldName;
  /** The path of which the CRM says that it has no such value. */
  readonly refused: string;
  /** What is left out with it. */
  readonly paths: ReadonlySet<string>;
}

/** What may be left out: the campaign, and the amount with its currency. */
export function leavables({ fields }: Mapping): readonly Leavable[] {
  const path = (name: FieldName): readonly string[] =>
    fields.flatMap(({ field, crm }) => (field === name && crm !== null ? [crm] : []));
  return (['campaignId', 'currency'] as const).flatMap((field) => {
    const { group } = specOf(field);
    return path(field).map((refused) => ({
      group,
      refused,
      paths: new Set(groupOf(group).flatMap((member) => path(member))),
    }));
  });
}

/** Told when the opportunity was created: the CRM refused the value. @param why the CRM's words, a whole sentence */
export function leftOutOf(
  id: OpportunityId,
  { id: referralId, deal }: Referral,
  group: FieldName,
  why: string,
): Finding {
  const ofWhat = group === 'amount' && deal.currency != null ? `, whose value is in ${deal.currency}` : '';
  const message = `Opportunity ${id} was created without ${nameOf(group)} for referral ${referralId}${ofWhat}: ${why}`;
  return {
    key: `notice:no-${group === 'campaignId' ? 'campaign' : group}:${id}`,
    kind: 'notice',
    code: `no-${group === 'campaignId' ? 'campaign' : group}`,
    opportunityId: id,
    referralId,
    fields: [group],
    message: withAdvice(group, message),
    values: [],
  };
}

function withAdvice(group: FieldName, message: string): string {
  return group === 'amount' ? `${message} ${AMOUNT_ADVICE}` : message;
}
