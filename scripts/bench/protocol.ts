/** What the benchmark asks of the stand-ins' process, and what it is told. */
export type CrmKind = 'salesforce' | 'dynamics';

export interface Urls {
  readonly crm: string;
  readonly partnerCenter: string;
  readonly entra: string;
}

/** Data requests, as the server's journal counts them. */
export interface SideCounts {
  readonly reads: number;
  readonly writes: number;
}

export interface Counts {
  readonly crm: SideCounts;
  readonly partnerCenter: SideCounts;
}

export interface StartOptions {
  readonly crm: CrmKind;
  /** Folder of a Salesforce data export; null: made-up records. */
  readonly exportDir: string | null;
  /** How many opportunities to flag for sharing. */
  readonly flag: number;
  /** How many more to make up, for sharing later. */
  readonly spare: number;
}

export type Ask =
  | { readonly do: 'start'; readonly options: StartOptions }
  /** Counts since the last `count`. */
  | { readonly do: 'count' }
  | { readonly do: 'advance'; readonly milliseconds: number }
  /** A seller's edit of linked opportunities; answers how many there were to edit. */
  | { readonly do: 'editOpportunities'; readonly count: number }
  /** A colleague's edit of linked referrals; answers how many there were to edit. */
  | { readonly do: 'editReferrals'; readonly count: number }
  /** Flags opportunities whose product has no solution id; answers how many there were. */
  | { readonly do: 'flagUnshareable'; readonly count: number };

export interface Question {
  readonly id: number;
  readonly ask: Ask;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
