/** What a merge writes to the CRM: whole actions and whole messages. */
import { describe, expect, it } from 'vitest';
import type { Deal } from '../../../src/core/deal.ts';
import { toDeal } from '../../../src/core/mapping.ts';
import { findingsFor } from '../../../src/core/pair-findings.ts';
import type { Action, Finding } from '../../../src/core/plan.ts';
import type { OpportunityRecord } from '../../../src/core/ports.ts';
import { towardsOpportunity } from '../../../src/core/towards-opportunity.ts';
import {
  hashOf,
  link,
  mapping,
  OPPORTUNITY,
  opportunity,
  REFERRAL,
  referral,
  timing,
} from '../../support/builders.ts';

const RULE = 'changed in Partner Center only';

function write(
  changes: Deal,
  record: OpportunityRecord = opportunity(),
): { readonly actions: readonly Action[]; readonly findings: readonly Finding[] } {
  const findings = findingsFor(link());
  const actions = towardsOpportunity(
    {
      link: link(),
      opportunity: record,
      mapped: toDeal(record, mapping()),
      referral: referral(),
      mapping: mapping(),
      hashOf,
      limits: {},
      timing: timing(),
      pastCloseDate: 'park',
      decisions: {},
    },
    {
      referralChanges: {},
      opportunityChanges: changes,
      baselineChanges: {},
      conflicts: [],
      notices: [],
      rules: Object.fromEntries(Object.keys(changes).map((field) => [field, RULE])),
    },
    findings,
  );
  return { actions, findings: findings.list };
}

function finding(kind: 'parked' | 'notice', code: string, field: string, message: string): Finding {
  return {
    key: `${kind}:${code}:${OPPORTUNITY}:${field}`,
    kind,
    code,
    opportunityId: OPPORTUNITY,
    referralId: REFERRAL,
    fields: [field],
    message,
    values: [],
  };
}

const NO_ERROR_STAGE = finding(
  'parked',
  'stage-unmapped',
  'state',
  `Opportunity ${OPPORTUNITY}: no row of the stage table names the deal state Error; add one so that the opportunity can follow. The other fields go on.`,
);

describe('changes of the deal', () => {
  it('are one row of the CRM, guarded by the version read, that says why each field moves', () => {
    expect(write({ amount: '90000', currency: 'USD', notes: 'From the portal' })).toEqual({
      actions: [
        {
          type: 'update-opportunity',
          opportunityId: OPPORTUNITY,
          referralId: REFERRAL,
          update: {
            id: OPPORTUNITY,
            values: { Amount: 90_000, Description: 'From the portal' },
            ifVersion: '2026-11-20T11:00:00.000Z',
          },
          deal: { amount: '90000', currency: 'USD', notes: 'From the portal' },
          irreversible: [],
          changes: [
            { field: 'amount', from: '84000', to: '90000' },
            { field: 'currency', from: 'USD', to: 'USD' },
            { field: 'notes', from: 'Renewal with added scope.', to: 'From the portal' },
          ],
          reason: `Opportunity ${OPPORTUNITY} / referral ${REFERRAL}: amount ${RULE}, currency ${RULE}, notes ${RULE}`,
          order: `2026-11-20T11:00:00.000Z ${OPPORTUNITY}`,
        },
      ],
      findings: [],
    });
  });

  it('that are none write nothing', () => {
    expect(write({})).toEqual({ actions: [], findings: [] });
  });

  it('that close the opportunity go through the action of the CRM', () => {
    expect(write({ state: 'Won' }).actions).toMatchObject([
      { update: { values: { StageName: 'Closed Won' }, transition: 'win' } },
    ]);
  });

  it('that no column can hold are told, and the others go on', () => {
    const { actions, findings } = write({ state: 'Error', reason: 'Others', notes: 'From the portal' });

    expect(findings).toEqual([NO_ERROR_STAGE]);
    expect(actions).toMatchObject([
      {
        update: { values: { Description: 'From the portal' } },
        changes: [{ field: 'notes' }],
        reason: `Opportunity ${OPPORTUNITY} / referral ${REFERRAL}: notes ${RULE}`,
      },
    ]);
    expect(actions[0]).toHaveProperty('deal', { notes: 'From the portal' });
  });

  it('of which the CRM can hold none are only told', () => {
    expect(write({ state: 'Error' })).toEqual({ actions: [], findings: [NO_ERROR_STAGE] });
  });

  it('to an expired deal without a stage of its own are a notice, for nobody can answer any more', () => {
    expect(write({ state: 'Expired' })).toEqual({
      actions: [],
      findings: [
        finding(
          'notice',
          'stage-unmapped',
          'state',
          `Opportunity ${OPPORTUNITY}: no row of the stage table names the deal state Expired; add one so that the opportunity can follow. The other fields go on.`,
        ),
      ],
    });
  });

  it('to an expired deal hold up what another column cannot take', () => {
    const { Description: _hidden, ...values } = opportunity().values;

    const { findings } = write({ state: 'Expired', notes: 'New' }, { ...opportunity(), values });

    expect(findings.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      'parked no-column',
      'notice stage-unmapped',
    ]);
  });
});
