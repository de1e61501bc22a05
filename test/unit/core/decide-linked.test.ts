import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../src/core/deal.ts';
import type { Decision } from '../../../src/core/plan.ts';
import { hashOf, link, referral, SELLER, timing } from '../../support/builders.ts';
import { agreed, decide, received, receivedLink } from '../../support/linked-case.ts';

const CONTACT = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+4920112345' };
const types = (decision: Decision): string[] => decision.actions.map(({ type }) => type);

describe('a pair that agrees', () => {
  it('leads to nothing', () => {
    const decision = decide({});

    expect(decision).toMatchObject({ actions: [], findings: [], lookAgainAt: null });
  });

  it('leads to nothing when an open stage moves within what Partner Center cannot tell apart', () => {
    const decision = decide({ values: { StageName: 'Prospecting ' } });

    expect(decision.actions).toEqual([]);
  });
});

describe('an edit in the CRM', () => {
  it('is one PATCH with only that group', () => {
    const decision = decide({ values: { Amount: 91_000 } });

    expect(decision.actions).toMatchObject([
      { type: 'update-referral', write: { deal: { amount: '91000', currency: 'USD' } }, irreversible: [] },
    ]);
    expect(
      Object.keys(decision.actions[0]?.type === 'update-referral' ? decision.actions[0].write.deal : {}),
    ).toEqual(['amount', 'currency']);
  });

  it('waits until the record has been quiet', () => {
    const decision = decide({
      values: { Amount: 91_000 },
      record: { modifiedAt: '2026-11-20T11:59:30.000Z' },
      input: { timing: timing({ settleSeconds: 60 }) },
    });

    expect(decision).toMatchObject({ actions: [], lookAgainAt: '2026-11-20T12:00:30.000Z' });
  });

  it('of a required field to nothing stays here, and the record is parked', () => {
    const decision = decide({ values: { CloseDate: null, Description: 'New text' } });

    expect(decision.actions).toMatchObject([{ write: { deal: { notes: 'New text' } } }]);
    expect(decision.findings).toMatchObject([
      { kind: 'parked', code: 'not-sendable', fields: ['closeDate'] },
    ]);
  });

  it('to a day gone by is parked or sent, as the policy says', () => {
    const parked = decide({ values: { CloseDate: '2026-11-01' } });
    const sent = decide({ values: { CloseDate: '2026-11-01' }, input: { pastCloseDate: 'send' } });

    expect(parked.actions).toEqual([]);
    expect(parked.findings.map(({ code }) => code)).toEqual(['not-sendable']);
    expect(sent.actions).toMatchObject([{ write: { deal: { closeDate: '2026-11-01' } } }]);
  });

  it('of the name is a notice, because Partner Center takes the name only at creation', () => {
    const decision = decide({ values: { Name: 'Renamed' } });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'notice', code: 'frozen', fields: ['name'] }]);
  });

  it('to a stage nobody mapped parks the stage and lets the rest go', () => {
    const decision = decide({ values: { StageName: 'Limbo', Amount: 91_000 } });

    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'stage-unmapped', fields: ['state'] }]);
    expect(types(decision)).toEqual(['update-referral']);
  });

  it('makes the deal visible only on an explicit yes, and says that this cannot be undone', () => {
    const decision = decide({ values: { Visible_to_Microsoft__c: true } });

    expect(decision.actions).toMatchObject([
      {
        type: 'update-referral',
        write: { deal: { visibleToMicrosoft: true } },
        irreversible: ['make-visible'],
      },
    ]);
  });
});

describe('an edit in Partner Center', () => {
  it('is one CRM row with only that column, guarded by the version read', () => {
    const decision = decide({ deal: { notes: 'From the portal' } });

    expect(decision.actions).toMatchObject([
      {
        type: 'update-opportunity',
        update: { values: { Description: 'From the portal' }, ifVersion: '2026-11-20T11:00:00.000Z' },
      },
    ]);
  });

  it('of the sales stage moves the opportunity to the row that names it', () => {
    const decision = decide({ deal: { salesStage: 'Propose' } });

    expect(decision.actions).toMatchObject([{ update: { values: { StageName: 'Proposal/Price Quote' } } }]);
  });

  it('to Won moves the opportunity to its won stage', () => {
    const decision = decide({
      deal: { state: 'Won', salesStage: null },
      referral: { status: 'Closed', substatus: 'Won' },
    });

    expect(decision.actions).toMatchObject([
      { type: 'update-opportunity', update: { values: { StageName: 'Closed Won' }, transition: 'win' } },
    ]);
  });

  it('to a state without a stage row parks the stage', () => {
    const decision = decide({
      deal: { state: 'Error', salesStage: null },
      referral: { status: 'Closed', substatus: 'Error' },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'stage-unmapped' }]);
  });

  it('by nobody, an expiry without a stage row, is only said', () => {
    const decision = decide({
      deal: { state: 'Expired', salesStage: null },
      referral: { status: 'Closed', substatus: 'Expired' },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'notice', code: 'stage-unmapped' }]);
  });
});

describe('edits on both sides', () => {
  it('of different fields travel both ways at once', () => {
    const decision = decide({ values: { Amount: 91_000 }, deal: { notes: 'From the portal' } });

    expect(types(decision).sort()).toEqual(['update-opportunity', 'update-referral']);
  });

  it('of one field are a conflict with all three values, and nothing is written', () => {
    const decision = decide({ values: { Description: 'Here' }, deal: { notes: 'There' } });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([
      {
        kind: 'conflict',
        code: 'both-changed',
        fields: ['notes'],
        values: [
          {
            field: 'notes',
            baseline: 'Renewal with added scope.',
            opportunity: 'Here',
            referral: 'There',
            applied: null,
          },
        ],
      },
    ]);
  });

  it('of one field follow a person’s decision', () => {
    const decision = decide({
      values: { Description: 'Here' },
      deal: { notes: 'There' },
      input: { decisions: { notes: 'crm' } },
    });

    expect(decision.actions).toMatchObject([{ type: 'update-referral', write: { deal: { notes: 'Here' } } }]);
    expect(decision.findings).toEqual([]);
  });
});

describe('asking Microsoft for help', () => {
  const asking = { How_can_Microsoft_help__c: 'General or Other', Customer_Consent__c: true };
  const people = { people: { owner: [SELLER], contactRoles: [CONTACT] } };

  it('is not done for a deal that the CRM has ended, also while the close waits', () => {
    const lost = { ...asking, StageName: 'Closed Lost', Loss_Reason__c: 'Others' };

    const closed = decide({ values: lost, record: people });
    const held = decide({
      values: lost,
      record: people,
      input: { timing: timing({ settleSeconds: 0, closeHoldMinutes: 60 }) },
    });

    expect(types(closed)).toContain('close-referral');
    expect([...types(closed), ...types(held)]).not.toContain('invite-microsoft');
  });

  it('makes the deal visible, shares the contact and invites once', () => {
    const decision = decide({ values: asking, record: people });

    expect(types(decision)).toEqual(['update-referral', 'invite-microsoft']);
    expect(decision.actions[0]).toMatchObject({ write: { deal: { visibleToMicrosoft: true } } });
    expect(decision.actions[1]?.irreversible).toContain('invite');
  });

  it('is not repeated when Microsoft already has its record of the deal', () => {
    const invited = {
      ...link(agreed),
      siblings: [{ id: referral().id, organizationId: 'msft', state: 'Received' }],
    };
    const decision = decide({ values: asking, record: people, input: { link: invited } });

    expect(types(decision)).not.toContain('invite-microsoft');
  });

  it('without consent is parked with what is missing, and shares no contact', () => {
    const decision = decide({ values: { ...asking, Customer_Consent__c: false }, record: people });

    expect(types(decision)).not.toContain('invite-microsoft');
    expect(decision.findings.map(({ code }) => code)).toContain('invite-missing-parts');
    for (const action of decision.actions)
      expect(action.type === 'update-referral' ? action.write.deal.contacts : undefined).toBeUndefined();
  });
});

describe('a changed mapping', () => {
  it('counts as never agreed for its fields only: equal is adopted, different is a conflict', () => {
    const remapped = (field: FieldName): string => (field === 'notes' ? 'new' : hashOf(field));
    const equal = decide({ input: { hashOf: remapped } });
    const different = decide({ deal: { notes: 'Other' }, input: { hashOf: remapped } });

    expect(equal).toMatchObject({ actions: [], findings: [] });
    expect(equal.baseline).toHaveProperty('notes');
    expect(different.actions).toEqual([]);
    expect(different.findings).toMatchObject([{ kind: 'conflict', fields: ['notes'] }]);
  });
});

describe('what Partner Center would not take', () => {
  it('of a refusal without a reason nothing is sent, and the other edits wait with it', () => {
    const decision = decide({
      ...received,
      values: { StageName: 'Declined', Amount: 91_000 },
      input: { link: receivedLink },
    });

    expect(decision.actions).toEqual([]);
    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'reason-missing' }]);
  });

  it('of more than fifty team members none is sent; the other edits go on', () => {
    const owner = Array.from({ length: 51 }, (_, n) => ({ ...SELLER, email: `kim${n}@partner.example` }));
    const decision = decide({
      values: { Amount: 91_000 },
      record: { people: { owner, contactRoles: [] } },
    });

    expect(decision.actions).toMatchObject([
      { type: 'update-referral', write: { deal: { amount: '91000' } } },
    ]);
    expect(decision.findings).toMatchObject([{ kind: 'parked', code: 'not-sendable', fields: ['team'] }]);
  });
});
