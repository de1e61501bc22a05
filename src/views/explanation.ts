/** Why a pair is as it is, field by field: baseline, both values, versions, rule, history. */
import type { Deal, FieldName } from '../core/deal.ts';
import { FIELD_NAMES, specOf } from '../core/fields.ts';
import { canonicalJson } from '../core/lenses/canonical-json.ts';
import { toDeal } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { shown } from '../core/plan.ts';
import type { AttentionItem, HistoryEntry } from '../core/store-port.ts';
import { type ExplainedRegistration, explainRegistration } from './explained-registration.ts';
import type { FoundRecord } from './find-record.ts';
import { type PairView, viewPairs } from './pair-view.ts';

export interface ExplainedField {
  readonly field: FieldName;
  /** What both sides last agreed on; null when they never did. */
  readonly baseline: unknown;
  /** Partner Center's half of it, where that side holds the same in another form. */
  readonly baselineReferral?: unknown;
  readonly opportunity: unknown;
  readonly referral: unknown;
  /** The mapping's rule, and what it says about the values now. */
  readonly rule: string;
  readonly history: readonly HistoryEntry[];
}

export interface Explanation {
  readonly connection: string;
  readonly opportunityId: string | null;
  readonly referralId: string | null;
  readonly link: {
    readonly status: string;
    readonly linkedAt: string;
    readonly changedAt: string;
    readonly verifiedAt: string;
  } | null;
  readonly versions: { readonly opportunity: string | null; readonly referral: string | null };
  readonly fields: readonly ExplainedField[];
  /** Null where the mapping registers no deals. */
  readonly registration: ExplainedRegistration | null;
  readonly attention: readonly Pick<AttentionItem, 'id' | 'kind' | 'code' | 'message'>[];
}

export interface ExplainOptions {
  /** Fingerprint of a field's mapping: a baseline made under another one does not count. */
  readonly hashOf: (field: FieldName) => string;
  readonly now: Date;
  /** Only this field; null: every field that either side or the mapping has. */
  readonly only: FieldName | null;
}

/** What is known about one record, linked or not. Contact details are masked. */
export async function explainRecord(
  found: FoundRecord,
  { hashOf, now, only }: ExplainOptions,
): Promise<Explanation> {
  const { connection, ledger, link } = found;
  const { mapping } = connection;
  const [view = null] = link === null ? [] : await viewPairs(ledger, [link], mapping, hashOf);
  const opportunityId = link?.opportunityId ?? found.opportunity?.id ?? null;
  const referralId = link?.referralId ?? found.referral?.id ?? null;
  const history = await ledger.history(
    { ...(opportunityId === null ? {} : { opportunityId }), ...(referralId === null ? {} : { referralId }) },
    only ?? undefined,
  );
  const items = await ledger.attentionAbout({
    opportunityIds: opportunityId === null ? [] : [opportunityId],
    referralIds: referralId === null ? [] : [referralId],
  });
  const alone = found.opportunity === null ? {} : toDeal(found.opportunity, mapping).deal;
  const here = view?.mapped?.deal ?? alone;
  const there = view?.referral?.deal ?? found.referral?.deal ?? {};
  const fields = FIELD_NAMES.filter((name) =>
    only === null ? isOfInterest(name, here, there, mapping) : name === only,
  );
  return {
    connection: connection.name,
    opportunityId,
    referralId,
    link:
      link === null
        ? null
        : {
            status: link.status,
            linkedAt: link.linkedAt,
            changedAt: link.changedAt,
            verifiedAt: link.verifiedAt,
          },
    versions: { opportunity: found.opportunity?.version ?? null, referral: found.referral?.version ?? null },
    fields: fields.map((name) => ({
      field: name,
      ...baselineOf(name, view, hashOf),
      opportunity: shown(name, here[name]),
      referral: shown(name, there[name]),
      rule: ruleOf(name, view, mapping),
      history: history.filter((entry) => entry.field === name),
    })),
    registration:
      only === null ? explainRegistration({ ...found, mapping, now: now.toISOString(), history }) : null,
    attention: items.map(({ id, kind, code, message }) => ({ id, kind, code, message })),
  };
}

function isOfInterest(field: FieldName, here: Deal, there: Deal, mapping: Mapping): boolean {
  return (
    Object.hasOwn(here, field) ||
    Object.hasOwn(there, field) ||
    mapping.fields.some((mapped) => mapped.field === field)
  );
}

function baselineOf(
  field: FieldName,
  view: PairView | null,
  hashOf: (field: FieldName) => string,
): Pick<ExplainedField, 'baseline' | 'baselineReferral'> {
  const entry = view?.link.baseline[field];
  if (entry === undefined || entry.mapping !== hashOf(field)) return { baseline: null };
  const baseline = shown(field, entry.opportunity);
  const baselineReferral = shown(field, entry.referral);
  return canonicalJson(baseline) === canonicalJson(baselineReferral)
    ? { baseline }
    : { baseline, baselineReferral };
}

const DIRECTIONS = {
  both: 'both ways',
  toPartnerCenter: 'to Partner Center only',
  toCrm: 'to the CRM only',
} as const;
const WINNERS = {
  crm: 'the CRM wins',
  partnerCenter: 'Partner Center wins',
  ask: 'a person decides',
} as const;

function ruleOf(field: FieldName, view: PairView | null, mapping: Mapping): string {
  const rule =
    mapping.fields.find((mapped) => mapped.field === field) ??
    mapping.fields.find((mapped) => mapped.field === specOf(field).group);
  const direction = DIRECTIONS[rule?.sync ?? specOf(field).direction];
  const winner =
    rule === undefined || rule.sync !== 'both' ? '' : `; if both change, ${WINNERS[rule.conflict]}`;
  const now =
    view === null
      ? 'not linked'
      : view.verdict === null
        ? 'one side is not to be seen'
        : (view.verdict.rules[field] ?? 'in agreement');
  const defaulted =
    view?.mapped?.defaulted.includes(field) === true
      ? field === 'team'
        ? '; the CRM lacks some of it, which came from the directory or is the default of the mapping'
        : '; the CRM holds nothing, the value is the default of the mapping'
      : '';
  return `${direction}${winner}. Now: ${now}${defaulted}`;
}
