/**
 * What people do in a partner's CRM, in one set of words for both products, so that a test is written once and runs
 * with each. The words are Salesforce's names of objects and columns; the desk of Dynamics 365 translates them, in both
 * directions (`dynamics-words.ts`). A column of a test's own (`Anything__c`) is added with `addColumn`.
 */
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createDynamicsDesk } from './dynamics.ts';
import { createSalesforceDesk } from './salesforce.ts';

export const CRMS = ['salesforce', 'dynamics'] as const;
export type CrmKind = (typeof CRMS)[number];

export type Cells = Readonly<Record<string, string | number | boolean | null>>;

export interface CrmDesk {
  readonly kind: CrmKind;
  /** Who does what follows, unless a row's own user is given. */
  readonly adminId: string;
  /** Creates a row. @param as the user who does it; the administrator unless given. @returns its id */
  add(object: string, values: Cells, as?: string): string;
  edit(object: string, id: string, values: Cells, as?: string): void;
  /** A row as people see it; null when there is none. */
  row(object: string, id: string): Readonly<Record<string, unknown>> | null;
  /** Ids of the rows that have all these values. */
  find(object: string, values: Cells): readonly string[];
  remove(object: string, id: string): void;
  /** Brings a removed row back under its id. */
  restore(object: string, id: string): void;
  /** Changes columns as if it had always been so. */
  leave(object: string, id: string, values: Cells): void;
  mergeAccounts(survivor: string, others: readonly string[]): void;
  /** Puts products of the catalogue on an opportunity, new ones where there are none of the name. */
  sell(opportunityId: string, products: readonly string[]): void;
  addCurrency(isoCode: string): void;
  addColumn(object: string, name: string, type: 'string' | 'text' | 'boolean' | 'date'): void;
  /** The name that a mapping file has for a column of the opportunity. */
  pathOf(column: string): string;
  /** Number of accepted writes so far, whoever made them. */
  writes(): number;
}

/** The desk of a sandbox's CRM. @throws TypeError when the sandbox has no such CRM */
export function createDesk(kind: CrmKind, sandbox: Sandbox): CrmDesk {
  if (kind === 'salesforce') return createSalesforceDesk(sandbox.salesforce);
  if (sandbox.dynamics === null) throw new TypeError('The sandbox has no Dynamics 365.');
  return createDynamicsDesk(sandbox.dynamics);
}
