/** Everything that reached the stand-ins, in order: what tests and the report of a demo are checked against. */
export type SandboxSystem = 'salesforce' | 'partner-center' | 'entra' | 'dataverse' | 'graph';

export interface JournalEntry {
  readonly n: number;
  readonly at: string;
  readonly system: SandboxSystem;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: string;
  /** What the client was answered; 0 when the connection was cut before any answer. */
  readonly status: number;
  /** Whether the request mutated anything at the server. */
  readonly write: boolean;
  /** Whether it counts as a request to a data route (sign-in and version lists do not). */
  readonly data: boolean;
  readonly fault: string | null;
  /** Request headers without credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  add(entry: Omit<JournalEntry, 'n'>): JournalEntry;
  clear(): void;
  /** Entries after a mark (an `n`), of one system when given. */
  since(mark: number, system?: SandboxSystem): readonly JournalEntry[];
}

/** @param limit oldest entries are dropped beyond this many, so that a long-lived sandbox stays small. */
export function createJournal(limit = 200_000): Journal {
  let entries: JournalEntry[] = [];
  let n = 0;
  return {
    get entries() {
      return entries;
    },
    add(entry) {
      n += 1;
      const numbered = { n, ...entry };
      entries.push(numbered);
      if (entries.length > limit) entries = entries.slice(-Math.floor(limit / 2));
      return numbered;
    },
    clear() {
      entries = [];
    },
    since: (mark, system) =>
      entries.filter((entry) => entry.n > mark && (system === undefined || entry.system === system)),
  };
}
