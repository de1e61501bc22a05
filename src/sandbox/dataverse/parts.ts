/** What the modules of one organization share. */
import type { SandboxClock } from '../kernel/clock.ts';
import type { Column } from './column.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';
import type { DataverseSwitches } from './switches.ts';
import type { Table } from './table.ts';

/** Finds rows that agree in all the columns, whatever the case. */
export interface DuplicateRule {
  /** Logical name. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** Something like a plug-in: refuses a write with a message for people. */
export interface Plugin {
  readonly table: string;
  readonly message: string;
  failsWhen(after: Readonly<Record<string, unknown>>): boolean;
}

export interface OrgParts {
  readonly clock: SandboxClock;
  readonly switches: DataverseSwitches;
  readonly schema: Schema;
  readonly store: Store;
  readonly ids: {
    readonly organization: string;
    readonly businessUnit: string;
    readonly team: string;
    /** The systemuser that people of the sandbox act as unless another is named. */
    readonly administrator: string;
    /** The systemuser that belongs to the API client's app. */
    readonly application: string;
    readonly baseCurrency: string;
  };
  readonly duplicateRules: DuplicateRule[];
  readonly plugins: Plugin[];
  /** By table: tokens up to this version are useless. */
  readonly tokensDeadUpTo: Map<string, number>;
  /** Called after each accepted write of a row, with the message that webhooks know it by. */
  readonly listeners: ((message: string, table: string, id: string, columns: readonly string[]) => void)[];
}

/** Who acts, and how. */
export interface Actor {
  /** Id of the systemuser. */
  readonly userId: string;
  readonly origin: 'api' | 'user' | 'system';
  /** The app, when it acts for somebody else. */
  readonly onBehalfOf?: string;
  /** Duplicate rules apply to this write. */
  readonly detectsDuplicates?: boolean;
}

/** Whether an actor can see a column. */
export function isVisible({ switches }: OrgParts, actor: Actor, table: Table, column: Column): boolean {
  return actor.origin !== 'api' || !switches.columnsHidden.includes(`${table.name}.${column.name}`);
}

/** A visible column by its logical name. */
export function visibleColumn(parts: OrgParts, actor: Actor, table: Table, name: string): Column | undefined {
  const column = table.columns.get(name);
  return column !== undefined && isVisible(parts, actor, table, column) ? column : undefined;
}
