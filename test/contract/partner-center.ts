/** What every implementation of the Partner Center port promises: the real adapter against the sandbox, and the fake. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deal } from '../../src/core/deal.ts';
import { RemoteError } from '../../src/core/errors.ts';
import {
  type OpportunityId,
  parseOpportunityId,
  type ReferralId,
  salesforceChecksum,
} from '../../src/core/ids.ts';
import type { PartnerCenter, Referral, ReferralDraft } from '../../src/core/ports.ts';
import {
  type RegistrationValues,
  type RegistrationWrite,
  registrationDifferences,
} from '../../src/core/registration-values.ts';
import { SELLER, SOLUTION } from '../support/builders.ts';

export interface PartnerCenterWorld {
  readonly partnerCenter: PartnerCenter;
  /** A deal that Microsoft sends us. */
  receive(): Promise<ReferralId>;
  /** An edit of the notes at the portal. */
  editNotes(id: ReferralId, notes: string): Promise<void>;
  /** Microsoft's review of a registration. */
  review(id: ReferralId, status: 'ActionRequired' | 'Approved', reason: string): Promise<void>;
  /** Moves the server's clock, so that two edits differ in time. */
  pass(): void;
  close(): Promise<void>;
}

const options = { signal: new AbortController().signal };
const notKnown = (): boolean => false;
let serial = 0;

function freshId(): OpportunityId {
  serial += 1;
  const base = `006A0000${String(serial).padStart(7, '0')}`;
  const id = parseOpportunityId(base + salesforceChecksum(base));
  if (id === null) throw new TypeError('The test made an unreadable id.');
  return id;
}

const CONTACT = { firstName: 'Mia', lastName: 'Kunde', email: 'mia@fabrikam.example', phone: '+4920112345' };

function draftOf(deal: Deal = {}): ReferralDraft {
  return {
    opportunityId: freshId(),
    type: 'Independent',
    deal: {
      name: 'Fabrikam renewal',
      amount: '84000.5',
      currency: 'EUR',
      closeDate: '2027-03-31',
      notes: 'Renewal with added scope.',
      customer: {
        name: 'Fabrikam GmbH',
        address: {
          line1: 'Musterweg 5',
          line2: null,
          city: 'Essen',
          state: null,
          postalCode: '45127',
          country: 'DE',
        },
        duns: null,
        size: null,
      },
      team: [SELLER],
      solutions: [{ id: SOLUTION, name: 'GTX Pro' }],
      salesStage: 'Qualify',
      visibleToMicrosoft: false,
      consentToShareContact: false,
      ...deal,
    },
  };
}

/** What is registered on the 20th of November 2026, the day on which these worlds begin. */
const REGISTRATION: RegistrationValues = {
  contractValue: '84000.5',
  contractCurrency: 'EUR',
  signDate: '2026-11-20',
  startDate: '2026-11-20',
  endDate: '2027-11-19',
  term: 'Finite',
  solutionId: SOLUTION,
  solutionValue: '84000',
  solutionCurrency: 'EUR',
  deployedOnAzure: true,
  primaryDeploymentOn: 'Customer',
  pricingModel: 'Other',
  marketplaceTransacted: false,
  marketplaceTransactionDate: null,
};

export function describePartnerCenterContract(name: string, open: () => Promise<PartnerCenterWorld>): void {
  describe(`${name} as a Partner Center`, () => {
    let world: PartnerCenterWorld;
    const create = (draft: ReferralDraft): Promise<Referral> =>
      world.partnerCenter.create(draft, crypto.randomUUID(), options);
    const update = (referral: Referral, deal: Deal): Promise<Referral> =>
      world.partnerCenter.update(referral.id, referral.version ?? '', { deal }, crypto.randomUUID(), options);
    const codeOf = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'no error',
        (error: unknown) => (error instanceof RemoteError ? error.code : String(error)),
      );

    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => world.close());

    it('creates a deal that starts accepted, is ours, and carries our tag', async () => {
      const draft = draftOf();

      const referral = await create(draft);

      expect(referral).toMatchObject({
        origin: 'own',
        isMicrosofts: false,
        tag: { kind: 'opportunity', id: draft.opportunityId },
      });
      expect(referral.deal).toMatchObject({
        state: 'Accepted',
        amount: '84000.5',
        currency: 'EUR',
        closeDate: '2027-03-31',
        notes: 'Renewal with added scope.',
        visibleToMicrosoft: false,
      });
      expect(referral.version).not.toBeNull();
    });

    it('shows what it returned when it is asked again', async () => {
      const referral = await create(draftOf());

      expect(await world.partnerCenter.find(referral.id, options)).toEqual(referral);
    });

    it('delivers what changed since a cursor, and nothing twice that is known', async () => {
      const first = await world.partnerCenter.changes(null, notKnown, options);
      world.pass();
      const referral = await create(draftOf());
      world.pass();
      const second = await world.partnerCenter.changes(first.next, notKnown, options);
      const third = await world.partnerCenter.changes(
        second.next,
        (id, version) => id === referral.id && version === referral.version,
        options,
      );

      expect(second.referrals.map(({ id }) => id)).toEqual([referral.id]);
      expect(third.referrals).toEqual([]);
      expect([first.complete, second.complete, third.complete]).toEqual([true, true, true]);
    });

    it('delivers an edit made at the portal', async () => {
      const referral = await create(draftOf());
      const before = await world.partnerCenter.changes(null, notKnown, options);
      world.pass();
      await world.editNotes(referral.id, 'From the portal');
      const after = await world.partnerCenter.changes(
        before.next,
        (id, version) => id === referral.id && version === referral.version,
        options,
      );

      expect(after.referrals.map(({ deal }) => deal.notes)).toEqual(['From the portal']);
    });

    it('changes only what an update names, and moves the version', async () => {
      const referral = await create(draftOf());

      const updated = await update(referral, { amount: '91000', currency: 'EUR' });

      expect(updated.deal).toEqual({ ...referral.deal, amount: '91000' });
      expect(updated.version).not.toBe(referral.version);
    });

    it('empties a field', async () => {
      const referral = await create(draftOf());

      expect((await update(referral, { notes: null })).deal.notes).toBeNull();
    });

    it('refuses an update made on an older version', async () => {
      const referral = await create(draftOf());
      world.pass();
      await world.editNotes(referral.id, 'From the portal');

      expect(await codeOf(update(referral, { notes: 'Ours' }))).toBe('version-conflict');
      expect((await world.partnerCenter.find(referral.id, options))?.deal.notes).toBe('From the portal');
    });

    it('replaces a list as a whole', async () => {
      const referral = await create(draftOf());
      const lee = {
        firstName: 'Lee',
        lastName: 'Seller',
        email: 'lee@partner.example',
        phone: '+14155550124',
      };

      const updated = await update(referral, { team: [SELLER, lee] });

      expect(updated.deal.team?.map(({ email }) => email).sort()).toEqual([SELLER.email, lee.email].sort());
    });

    it('closes a deal for good', async () => {
      const referral = await create(draftOf());

      const won = await update(referral, { state: 'Won' });

      expect(won.deal.state).toBe('Won');
      expect(await codeOf(update(won, { notes: 'Too late' }))).toBe('rejected');
    });

    it('says of an unknown id that it is not to be seen', async () => {
      expect(
        await world.partnerCenter.find('99999999-0000-4000-8000-000000000009' as ReferralId, options),
      ).toBeNull();
    });

    it('finds referrals by tag', async () => {
      const draft = draftOf();
      const referral = await create(draft);

      const found = await world.partnerCenter.findByTags(
        new Set([draft.opportunityId, freshId()]),
        '2000-01-01T00:00:00Z',
        options,
      );

      expect(found.map(({ id }) => id)).toEqual([referral.id]);
    });

    it('shows an inbound deal as received and untagged, takes a tag and an acceptance', async () => {
      const id = await world.receive();
      const received = await world.partnerCenter.find(id, options);
      const opportunityId = freshId();
      const tagged = await world.partnerCenter.update(
        id,
        received?.version ?? '',
        { deal: {}, tag: opportunityId },
        crypto.randomUUID(),
        options,
      );
      const accepted = await update(tagged, {
        state: 'Accepted',
        amount: '70000',
        currency: tagged.deal.currency ?? 'USD',
      });

      expect(received).toMatchObject({
        origin: 'inbound',
        category: 'deal',
        tag: { kind: 'none' },
        deal: { state: 'Received' },
      });
      expect(tagged.tag).toEqual({ kind: 'opportunity', id: opportunityId });
      expect(accepted.deal).toMatchObject({ state: 'Accepted', amount: '70000' });
    });

    it('declines an inbound deal with its reason', async () => {
      const id = await world.receive();
      const received = await world.partnerCenter.find(id, options);
      if (received === null) throw new TypeError('The inbound deal is not to be seen.');

      expect((await update(received, { state: 'Declined', reason: 'Not a customer' })).deal).toMatchObject({
        state: 'Declined',
        reason: 'Not a customer',
      });
    });

    it('invites Microsoft into the engagement, where both records are then to be seen', async () => {
      const draft = {
        ...draftOf({
          visibleToMicrosoft: true,
          help: 'GeneralOrOther',
          contacts: [CONTACT],
          consentToShareContact: true,
        }),
        type: 'Shared' as const,
      };
      const own = await create(draft);

      const sibling = await create({
        ...draft,
        invite: { engagementId: own.engagementId, notes: 'Please help.' },
      });
      const both = await world.partnerCenter.listEngagement(own.engagementId, options);

      expect(sibling).toMatchObject({ isMicrosofts: true, engagementId: own.engagementId });
      expect(both.map(({ id }) => id).sort()).toEqual([own.id, sibling.id].sort());
    });

    describe('once a deal is won', () => {
      const won = async (deal: Deal = { visibleToMicrosoft: true }): Promise<Referral> =>
        update(await create(draftOf(deal)), { state: 'Won' });
      const register = (
        referral: Referral,
        write: RegistrationWrite = { type: 'register', values: REGISTRATION },
      ): Promise<Referral> => {
        if (world.partnerCenter.register === undefined) throw new TypeError('Nothing can be registered.');
        const { id, version } = referral;
        return world.partnerCenter.register(id, version ?? '', write, crypto.randomUUID(), options);
      };

      it('registers it, once, and shows what was registered', async () => {
        const before = await won();

        const registered = await register(before);
        const again = await codeOf(register(registered));

        expect(registered).toMatchObject({
          registrationStatus: 'ReviewPending',
          registrations: [{ status: 'ReviewPending' }],
        });
        expect(registrationDifferences(REGISTRATION, registered.registrations?.[0]?.values ?? {})).toEqual(
          [],
        );
        expect(registered.registrations?.[0]?.values.signDate).toBe('2026-11-20');
        expect(registered.version).not.toBe(before.version);
        expect(again).toBe('rejected');
      });

      it('registers no private deal, no open deal, and none that has moved', async () => {
        const privately = await won({ visibleToMicrosoft: false });
        const open = await create(draftOf({ visibleToMicrosoft: true }));
        const { version: _old, ...moved } = await won();

        expect(await codeOf(register(privately))).toBe('rejected');
        expect(await codeOf(register(open))).toBe('rejected');
        expect(await codeOf(register({ ...moved, version: open.version }))).toBe('version-conflict');
      });

      it('takes corrections only when the review asks for them', async () => {
        const registered = await register(await won());
        const write = {
          type: 'correct',
          changes: { signDate: '2026-11-20', term: 'Perpetual', endDate: null, contractValue: '170000' },
          before: registered.registrations?.[0]?.values ?? {},
        } as const;

        const early = await codeOf(register(registered, write));
        await world.review(registered.id, 'ActionRequired', 'It has no end.');
        const asked = await world.partnerCenter.find(registered.id, options);
        if (asked === null) throw new TypeError('The deal is not to be seen.');
        const corrected = await register(asked, write);

        expect(early).toBe('rejected');
        expect(asked.registrations).toMatchObject([
          { status: 'ActionRequired', statusReason: 'It has no end.' },
        ]);
        expect(corrected.registrations?.[0]?.values).toMatchObject({
          term: 'Perpetual',
          contractValue: '170000',
        });
        expect(corrected.registrations?.[0]?.values.endDate ?? null).toBeNull();
        expect(corrected.registrationStatus).toBe('ReviewPending');
      });

      it('lists the deal again when its review ends, with nothing of the deal changed', async () => {
        const registered = await register(await won());
        const { next } = await world.partnerCenter.changes(null, notKnown, options);
        world.pass();

        await world.review(registered.id, 'Approved', 'Thank you.');
        const { referrals } = await world.partnerCenter.changes(next, notKnown, options);

        const listed = referrals.find(({ id }) => id === registered.id);
        expect(listed?.registrationStatus).toBe('Approved');
        expect(listed?.deal).toEqual(registered.deal);
      });
    });
  });
}
