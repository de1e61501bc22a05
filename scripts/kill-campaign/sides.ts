/** What users do and see in either CRM, in the words of a deal. */
import { createWorkplace, type Workplace } from '../../test/cli/command-line.ts';

export type CrmKind = 'salesforce' | 'dynamics';
export type EditedField = 'amount' | 'notes' | 'closeDate';
export type Scalar = string | number | null;

export interface CrmSide {
  /** Opportunities that exist, open and marked to be shared. */
  shared(): readonly string[];
  /** Open opportunities that are not marked yet. */
  unshared(): readonly string[];
  share(id: string): void;
  set(id: string, field: EditedField, value: Scalar): void;
  get(id: string, field: EditedField): Scalar;
  win(id: string): void;
  isWon(id: string): boolean;
  /** The referral's id in the opportunity's own column. */
  referralOf(id: string): string;
  /** Every opportunity with such an id. */
  tagged(): readonly string[];
}

export interface CampaignPlace {
  readonly place: Workplace;
  readonly crm: CrmSide;
}

/** A fresh partner with one CRM, its sample records and Partner Center. */
export async function openPlace(kind: CrmKind, opportunities: number): Promise<CampaignPlace> {
  const place = await createWorkplace({
    crms: [kind],
    opportunities,
    policy: { createGraceMinutes: 0, inbound: { create: true, accounts: 'create' }, maxClosesPerRun: 50 },
  });
  return { place, crm: kind === 'salesforce' ? salesforceSide(place) : dynamicsSide(place) };
}

const SALESFORCE = { amount: 'Amount', notes: 'Description', closeDate: 'CloseDate' } as const;

function salesforceSide({ sandbox: { salesforce: org } }: Workplace): CrmSide {
  const user = org.as(org.adminUserId);
  const ids = (where: string): readonly string[] =>
    org.query(`SELECT Id FROM Opportunity WHERE ${where} ORDER BY Id`).map(({ Id }) => String(Id));
  return {
    shared: () => ids('IsClosed = false AND Sync_with_Partner_Center__c = true'),
    unshared: () => ids('IsClosed = false AND Sync_with_Partner_Center__c = false'),
    share: (id) => user.update('Opportunity', id, { Sync_with_Partner_Center__c: true }),
    set: (id, field, value) => user.update('Opportunity', id, { [SALESFORCE[field]]: value }),
    get: (id, field) => scalar(org.find('Opportunity', id)?.[SALESFORCE[field]], field),
    win: (id) => user.update('Opportunity', id, { StageName: 'Closed Won' }),
    isWon: (id) => org.find('Opportunity', id)?.StageName === 'Closed Won',
    referralOf: (id) => String(org.find('Opportunity', id)?.Referral_Identifier__c ?? ''),
    tagged: () => ids('Referral_Identifier__c != null'),
  };
}

const DYNAMICS = { amount: 'estimatedvalue', notes: 'description', closeDate: 'estimatedclosedate' } as const;
const OPEN = 0;
const WON = 1;

function dynamicsSide({ sandbox }: Workplace): CrmSide {
  const org = sandbox.dynamics;
  if (org === null) throw new TypeError('The workplace has no Dynamics 365.');
  const user = org.as(org.adminUserId);
  const ids = (wanted: (row: Readonly<Record<string, unknown>>) => boolean): readonly string[] =>
    org
      .list('opportunity')
      .filter(wanted)
      .map(({ opportunityid }) => String(opportunityid))
      .sort();
  return {
    shared: () => ids((row) => row.statecode === OPEN && row.msft_syncwithpartnercenter === true),
    unshared: () => ids((row) => row.statecode === OPEN && row.msft_syncwithpartnercenter !== true),
    share: (id) => user.update('opportunity', id, { msft_syncwithpartnercenter: true }),
    set: (id, field, value) => user.update('opportunity', id, { [DYNAMICS[field]]: value }),
    get: (id, field) => scalar(org.find('opportunity', id)?.[DYNAMICS[field]], field),
    win: (id) => user.close(id, 'won'),
    isWon: (id) => org.find('opportunity', id)?.statecode === WON,
    referralOf: (id) => String(org.find('opportunity', id)?.msft_referralidentifier ?? ''),
    tagged: () => ids((row) => (row.msft_referralidentifier ?? null) !== null),
  };
}

/** A deal's value in Partner Center. */
export function referralValue({ sandbox }: Workplace, id: string, field: EditedField): Scalar {
  const { details } = sandbox.partnerCenter.referral(id);
  const at = typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {};
  return scalar({ amount: at.dealValue, notes: at.notes, closeDate: at.closingDateTime }[field], field);
}

/** A user's edit in Partner Center's portal. */
export function editReferral({ sandbox }: Workplace, id: string, field: EditedField, value: Scalar): void {
  const details = {
    amount: { dealValue: value },
    notes: { notes: value },
    closeDate: { closingDateTime: `${value}T12:00:00Z` },
  }[field];
  sandbox.partnerCenter.edit(id, { details });
}

function scalar(value: unknown, field: EditedField): Scalar {
  if (value === null || value === undefined || value === '') return null;
  if (field === 'amount') return Number(value);
  return field === 'closeDate' ? String(value).slice(0, 10) : String(value);
}
