/** `explain`: why a pair is as it is, field by field: baseline, both values, versions, rule, history. */
import { ConfigurationError } from '../core/errors.ts';
import { FIELD_NAMES, isFieldName } from '../core/fields.ts';
import { escapeTerminal } from '../core/lenses/text.ts';
import { type ExplainedField, type Explanation, explainRecord } from '../views/explanation.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { renderRegistration } from './explain-registration.ts';
import { findRecord } from './find-pair.ts';
import { displayTime, displayValue, type Paint, renderTable, wrap } from './format.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import type { Services } from './services.ts';

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
    const { hashOf } = await services.mappingHashes(found.connection);
    const explanation = await explainRecord(found, { hashOf, now: services.now(), only: field });
    if (services.globals.json) printJson(services, explanation);
    else services.terminal.out(renderExplanation(explanation, painter(services)));
    return 0;
  } finally {
    await state?.close();
  }
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
    ...history.map(({ at, who, by, to, from, value, rule: why, requestId }) => [
      displayTime(at),
      escapeTerminal(
        `${by ?? who} -> ${to}: ${displayValue(from, 30)} -> ${displayValue(value, 30)} (${why}${requestId === null ? '' : `; request ${requestId}`})`,
      ),
    ]),
  ];
  return `${paint('bold', field)}\n${renderTable(rows, { paint }).replace(/^(?=.)/gm, '  ')}`;
}
