/** People at work on both sides while the daemon runs; every edit is written down with what it replaced. */
import { chosen } from '../random.ts';
import { columnOf, type Field, type Place, type Scalar } from './place.ts';
import type { PersonActs } from './scenario.ts';

export interface Edit {
  /** In the order of everything that people do and items name. */
  readonly sequence: number;
  readonly side: 'crm' | 'partnerCenter';
  readonly id: string;
  readonly field: Field;
  readonly value: Scalar;
  /** What stood there before their eyes. */
  readonly replaced: Scalar;
}

export interface People {
  readonly edits: readonly Edit[];
  /** The days on which contracts were ever said to start, by opportunity. */
  readonly contractStarts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Somebody acts; what a server refuses them does not happen. @returns what was done, null: nothing */
  act(event: PersonActs): string | null;
}

const FIELD_OF: Readonly<Record<string, Field>> = { amount: 'amount', notes: 'notes', date: 'closeDate' };
const FIRST_DAY = Date.parse('2027-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
/** What Microsoft says to registrations, in turn. */
const REVIEWS = ['ActionRequired', 'Approved', 'ActionRequired', 'Failed'] as const;

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** @param tick numbers what happens */
export function createPeople(place: Place, tick: () => number): People {
  const { sandbox, desk, sellerId } = place;
  const { partnerCenter } = sandbox;
  const edits: Edit[] = [];
  const contractStarts = new Map<string, Set<string>>();
  let serial = 0;

  /** No two edits write the same value, so that each can be looked for. */
  function fresh(field: Field): string | number {
    serial += 1;
    if (field === 'amount') return 50_000 + serial;
    if (field === 'notes') return `Remark ${serial}.`;
    return day(FIRST_DAY + serial * DAY_MS);
  }

  function editOpportunity(pick: number, field: Field): string | null {
    const id = chosen(place.opportunities(), pick);
    if (id === null) return null;
    const [value, replaced] = [fresh(field), place.atCrm(id)[field]];
    desk.edit('Opportunity', id, { [columnOf(field)]: value }, sellerId);
    edits.push({ sequence: tick(), side: 'crm', id, field, value, replaced });
    return id;
  }

  function editReferral(pick: number, field: Field): string | null {
    const referral = chosen(place.referrals(), pick);
    if (referral === null) return null;
    const id = String(referral.id);
    const [value, replaced] = [fresh(field), place.atPartner(referral)[field]];
    const details = {
      amount: { dealValue: value },
      notes: { notes: value },
      closeDate: { closingDateTime: `${value}T12:00:00Z` },
    }[field];
    partnerCenter.edit(id, { details });
    edits.push({ sequence: tick(), side: 'partnerCenter', id, field, value, replaced });
    return id;
  }

  function moveStage(
    pick: number,
    from: 'Received' | 'Accepted',
    stage: string,
    isMeant: (id: string) => boolean = () => true,
  ): string | null {
    const id = chosen(
      place.opportunities().filter((one) => place.atCrm(one).state === from && isMeant(one)),
      pick,
    );
    if (id === null) return null;
    const reason = stage === 'Closed Lost' ? { Loss_Reason__c: 'Budget not adequate' } : {};
    desk.edit('Opportunity', id, { ...reason, StageName: stage }, sellerId);
    tick();
    return id;
  }

  /** A seller wants a deal registered, or says anew when its contract starts. */
  function signContract(pick: number, isWanted: boolean): string | null {
    const id = chosen(
      place
        .opportunities()
        .filter((one) => place.toRegister(one) !== isWanted)
        .filter((one) => !isWanted || place.atCrm(one).state === 'Accepted'),
      pick,
    );
    if (id === null) return null;
    serial += 1;
    const now = place.sandbox.clock.now().getTime();
    const start = day(now + serial * DAY_MS);
    const wish = {
      Register_Deal__c: true,
      Visible_to_Microsoft__c: true,
      Deployed_on_Azure__c: true,
      Contract_Signed__c: day(now),
      Contract_End__c: day(now + 365 * DAY_MS),
    };
    desk.edit('Opportunity', id, { ...(isWanted ? wish : {}), Contract_Start__c: start }, sellerId);
    contractStarts.set(id, (contractStarts.get(id) ?? new Set()).add(start));
    tick();
    return id;
  }

  /** Microsoft reviews a registration; one that it sends back comes again. */
  function review(pick: number): string | null {
    const referral = chosen(
      place.referrals().filter(({ registrationStatus }) => registrationStatus === 'ReviewPending'),
      pick,
    );
    if (referral === null) return null;
    const id = String(referral.id);
    serial += 1;
    partnerCenter.reviewRegistration(id, REVIEWS[serial % REVIEWS.length] ?? 'Approved');
    tick();
    return id;
  }

  function answer(pick: number, from: 'Received' | 'Accepted'): string | null {
    const referral = chosen(
      place.referrals().filter((one) => place.atPartner(one).state === from),
      pick,
    );
    if (referral === null) return null;
    const id = String(referral.id);
    if (from === 'Received') partnerCenter.accept(id);
    else partnerCenter.close(id, 'Won');
    tick();
    return id;
  }

  function perform({ action, pick }: PersonActs): string | null {
    const [where, what = ''] = action.split('.');
    const field = FIELD_OF[what];
    if (field !== undefined)
      return where === 'crm' ? editOpportunity(pick, field) : editReferral(pick, field);
    switch (action) {
      case 'crm.share':
        return place.share();
      case 'crm.register':
        return signContract(pick, true);
      case 'crm.contract':
        return signContract(pick, false);
      case 'crm.winToRegister':
        return moveStage(pick, 'Accepted', 'Closed Won', place.toRegister);
      case 'microsoft.review':
        return review(pick);
      case 'crm.win':
        return moveStage(pick, 'Accepted', 'Closed Won');
      case 'crm.lose':
        return moveStage(pick, 'Accepted', 'Closed Lost');
      case 'crm.accept':
        return moveStage(pick, 'Received', 'Qualification');
      case 'portal.receive':
        return String(partnerCenter.createInbound().id);
      case 'portal.accept':
        return answer(pick, 'Received');
      default:
        return answer(pick, 'Accepted');
    }
  }

  return {
    edits,
    contractStarts,
    act(event) {
      try {
        return perform(event);
      } catch (error) {
        // A closed deal takes no edit, a closed opportunity perhaps none: people are told so, and go on.
        if (error instanceof Error && !(error instanceof TypeError)) return null;
        throw error;
      }
    },
  };
}
