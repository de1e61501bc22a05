/** A mapping file after validation: which columns hold which fields, and how stages, people and solutions map. */
import type { DealState, FieldName, Person, SalesStage } from './deal.ts';
import type { Direction, Winner } from './fields.ts';
import type { Filter } from './filter.ts';
import type { PeopleSource } from './ports.ts';
import type { RegistrationField } from './registration-values.ts';
import type { KnownPeople } from './team-directory.ts';

/** One canonical field's place in the CRM, and the rule for edits. */
export interface FieldMapping {
  readonly field: FieldName;
  /** `Field` or `Lookup.Field`; null when only a default is given. */
  readonly crm: string | null;
  readonly sync: Direction;
  readonly conflict: Winner;
  readonly default: string | number | boolean | null;
  /** CRM value (text) to deal value. */
  readonly map: Readonly<Record<string, string | number | boolean>> | null;
  /** With a map: values it does not name are an error instead of passing. */
  readonly strict: boolean;
}

/** One row of the stage table; the first row that names a deal state is used towards the CRM. */
export interface StageRow {
  /** A stage name, or choice columns that must all match (by label or number). */
  readonly crm: string | Readonly<Record<string, string | number>>;
  readonly deal: DealState;
  readonly salesStage: SalesStage | null;
  /** Path of the column that holds the reason. */
  readonly reason: string | null;
}

export type CustomerKey =
  | 'name'
  | 'addressLine1'
  | 'addressLine2'
  | 'city'
  | 'state'
  | 'postalCode'
  | 'country'
  | 'size'
  | 'duns';

/** Where a list comes from: a named source of the CRM, or a path. */
export type ListSource<Named extends string> = { readonly source: Named } | { readonly path: string };

/** Where one value of a deal registration comes from; the default is used where the CRM holds nothing. */
export interface RegistrationSource {
  readonly crm: string | null;
  readonly default: string | number | boolean | null;
}

/** The values of a registration that the CRM says; the solution follows from the deal's solutions. */
export type RegistrationColumn = Exclude<RegistrationField, 'solutionId' | 'solutionCurrency'>;

/** How the CRM's reasons for a loss or a refusal read in Partner Center's words. */
export interface ReasonMapping {
  /** CRM value to a reason of Partner Center's catalogue, by label or number. */
  readonly map: Readonly<Record<string, string>>;
  /** `any` sends what the catalogue does not hold, for tenants that take it. */
  readonly accept: 'catalogue' | 'any';
}

/** How won deals are registered with Microsoft: only where the CRM explicitly asks for it. */
export interface RegistrationMapping {
  /** The column with the explicit yes. */
  readonly wanted: string;
  /** The column that gets the state of the review. */
  readonly status: string | null;
  /** A value without a source is the deal's own (currency), or is not said. */
  readonly values: Readonly<Partial<Record<RegistrationColumn, RegistrationSource>>>;
  /** Ids of the solutions that Microsoft lists as eligible for Azure IP co-sell. */
  readonly eligibleSolutions: readonly string[];
}

export interface Mapping {
  readonly include: Filter;
  /** The filter as written, for messages and cursor keys. */
  readonly includeText: string;
  readonly tag: {
    readonly referralId: string;
    readonly referralLink: string | null;
    readonly status: string | null;
    readonly audit: string | null;
  };
  readonly fields: readonly FieldMapping[];
  readonly customer: Readonly<Partial<Record<CustomerKey, string>>>;
  readonly contacts: readonly ListSource<Exclude<PeopleSource, 'owner' | 'opportunityTeam'>>[];
  readonly team: {
    readonly from: readonly ListSource<PeopleSource>[];
    readonly fallback: Person | null;
    /** What the company's directory says, where a run has one; no part of the file. */
    readonly directory?: KnownPeople;
  };
  readonly solutions: {
    readonly from: readonly ListSource<'products'>[];
    /** CRM value (text) to solution id. */
    readonly catalogue: Readonly<Record<string, string>>;
    readonly default: string | null;
  };
  /** The column of the stage when rows name stages by text (`StageName`, …). */
  readonly stageField: string;
  readonly stages: readonly StageRow[];
  /** Absent: reasons are read as they stand, and only the catalogue's are sent. */
  readonly reasons?: ReasonMapping;
  /** Absent where deals are not registered from the CRM. */
  readonly registration?: RegistrationMapping;
}

/** What a CRM adapter must read and write for a mapping: the columns, the related rows and the filter. */
export interface CrmSelection {
  /** Paths to read into `OpportunityRecord.values`. */
  readonly paths: readonly string[];
  /** Columns that only the daemon writes: written without a precondition, not read back for decisions. */
  readonly bookkeeping: readonly string[];
  /** The column that carries the referral id. */
  readonly referralIdPath: string;
  readonly people: readonly PeopleSource[];
  readonly products: boolean;
  readonly include: Filter;
  /** Customer columns by key, as paths from the opportunity (`Account.BillingCity`), for account searches and creates. */
  readonly customer: Readonly<Partial<Record<CustomerKey, string>>>;
  readonly stageField: string;
}
