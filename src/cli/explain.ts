/** `explain`: why a pair is as it is, field by field: baseline, both values, versions, rule, history. */
import type { Deal, FieldName } from '../core/deal.ts';
import { ConfigurationError } from '../core/errors.ts';
import { FIELD_NAMES, isFieldName, specOf } from '../core/fields.ts';
import { canonicalJson } from '../core/lenses/canonical-json.ts';
import { escapeTerminal } from '../core/lenses/text.ts';
import { toDeal } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { shown } from '../core/plan.ts';
import type { AttentionItem, HistoryEntry } from '../core/store-port.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import {
  type ExplainedRegistration,
  explainRegistration,
  renderRegistration,
} from './explain-registration.ts';
import { type FoundRecord, findRecord } from './find-pair.ts';
import { displayTime, displayValue, type Paint, renderTable, wrap } from './format.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import { type PairView, viewPairs } from './pair-view.ts';
import type { Services } from './services.ts';

interface ExplainedField {
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

interface Explanation {
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

/** Prints what is known about one record; works while another process runs. */
export async function explain(services: Services, id: string, field: string | null): Promise<ExitCode> {
  if (field !== null && !isFieldName(field)) {
    throw new ConfigurationError([`There is no field "${field}"; there are ${FIELD_NAMES.join(', ')}.`]);
  }
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  const state = await services.openState(config, 'read');
  try {
    const found = await findRecord(config, connections, state, id);
    const explanation = await explainRecord(services, found, field);
    if (services.globals.json) printJson(services, explanation);
    else services.terminal.out(renderExplanation(explanation, painter(services)));
    return 0;
  } finally {
    await state?.close();
  }
}

async function explainRecord(
  services: Services,
  found: FoundRecord,
  only: FieldName | null,
): Promise<Explanation> {
  const { connection, ledger, link } = found;
  const { mapping } = connection;
  const { hashOf } = await services.mappingHashes(connection);
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
      only === null
        ? explainRegistration({ ...found, mapping, now: services.now().toISOString(), history })
        : null,
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

function renderExplanation(explanation: Explanation, paint: Paint): string {
  const { connection, opportunityId, referralId, link, versions, fields, registration, attention } =
    explanation;
  const status =
    link === null
      ? 'not linked'
      : `${link.status}, linked ${displayTime(link.linkedAt)}, last verified ${displayTime(link.verifiedAt)} UTC`;
  const head = renderTable(
    [
      ['Connection', escapeTerminal(connection)],
      [
        'Opportunity',
        `${opportunityId ?? 'none'}${versions.opportunity === null ? '' : `  version ${escapeTerminal(versions.opportunity)}`}`,
      ],
      [
        'Referral',
        `${referralId ?? 'none'}${versions.referral === null ? '' : `  version ${escapeTerminal(versions.referral)}`}`,
      ],
      ['Link', status],
    ],
    { paint },
  );
  const values = fields.map((field) => `\n${renderField(field, paint)}`).join('');
  const registered = registration === null ? '' : `\n${renderRegistration(registration, paint)}`;
  const open = attention
    .map(
      ({ id, kind, message }) =>
        `  ${paint('yellow', `${id} ${kind}`)}\n${wrap(message, TEXT_WIDTH, '    ')}\n`,
    )
    .join('');
  return `${head}${values}${registered}${open === '' ? '' : `\nAttention\n${open}`}`;
}

function renderField(explained: ExplainedField, paint: Paint): string {
  const { field, baseline, baselineReferral, opportunity, referral, rule, history } = explained;
  const agreed =
    baselineReferral === undefined
      ? displayValue(baseline)
      : `${displayValue(baseline)} / ${displayValue(baselineReferral)}`;
  const rows = [
    ['agreed on', agreed],
    ['opportunity', displayValue(opportunity)],
    ['referral', displayValue(referral)],
    ['rule', escapeTerminal(rule)],
    ...history.map(({ at, who, to, from, value, rule: why, requestId }) => [
      displayTime(at),
      escapeTerminal(
        `${who} -> ${to}: ${displayValue(from, 30)} -> ${displayValue(value, 30)} (${why}${requestId === null ? '' : `; request ${requestId}`})`,
      ),
    ]),
  ];
  return `${paint('bold', field)}\n${renderTable(rows, { paint }).replace(/^(?=.)/gm, '  ')}`;
}
