/** From a row to an opportunity record: values by mapping path, people, products. */
import type { Person } from '../../core/deal.ts';
import { canonicalSalesforceId, type OpportunityId, parseOpportunityId } from '../../core/ids.ts';
import type { CrmProduct, CrmValue, OpportunityRecord, PeopleSource } from '../../core/ports.ts';
import type { Row } from './schema.ts';

/** `2021-12-03T17:59:20.000+0000`: the offset has no colon. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;

/** A Salesforce instant as milliseconds since the epoch, or null. */
export function instantOf(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const parts = DATE_TIME.exec(text);
  if (parts === null) return null;
  const offset = (parts[3] ?? 'Z').replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
  const instant = Date.parse(`${parts[1]}${parts[2] ?? ''}${offset}`);
  return Number.isNaN(instant) ? null : instant;
}

/** A Salesforce instant as UTC text of fixed width, so that it sorts by time; null when it is none. */
export function utcText(text: unknown): string | null {
  const instant = instantOf(text);
  return instant === null ? null : new Date(instant).toISOString();
}

/** Reads a row by names in any case: a mapping may spell columns as it likes, answers use the canonical spelling. */
export function lowerKeys(row: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));
}

/** The value at a path; undefined when the answer does not have it, null when it or a row on the way is empty. */
export function valueAt(row: ReadonlyMap<string, unknown>, path: string): unknown {
  const [name = '', ...rest] = path.toLowerCase().split('.');
  const value = row.get(name);
  if (rest.length === 0 || value === undefined || value === null) return value;
  return typeof value === 'object' ? valueAt(lowerKeys(value), rest.join('.')) : undefined;
}

function toCrmValue(value: unknown): CrmValue | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? (utcText(value) ?? value) : undefined;
}

export interface RecordContext {
  readonly paths: readonly string[];
  readonly people: readonly PeopleSource[];
  readonly products: boolean;
  /** 18-character id of the user whose rights we have. */
  readonly userId: string | null;
}

/** The row's id in its canonical form, or null when the row is none of an opportunity. */
export function opportunityIdOf(row: Row): OpportunityId | null {
  return typeof row.Id === 'string' ? parseOpportunityId(row.Id) : null;
}

/** The record of a row; null when the row lacks what every row must have. */
export function toRecord(row: Row, context: RecordContext): OpportunityRecord | null {
  const id = opportunityIdOf(row);
  const version = row.SystemModstamp;
  const modifiedAt = utcText(version);
  if (id === null || typeof version !== 'string' || modifiedAt === null) return null;
  const byName = lowerKeys(row);
  const values: Record<string, CrmValue> = {};
  for (const path of context.paths) {
    const value = toCrmValue(valueAt(byName, path));
    if (value !== undefined) values[path] = value;
  }
  const modifiedBy =
    typeof row.LastModifiedById === 'string' ? canonicalSalesforceId(row.LastModifiedById) : null;
  const products = context.products ? productsOf(row.OpportunityLineItems) : undefined;
  return {
    id,
    version,
    modifiedAt,
    createdAt: utcText(row.CreatedDate) ?? modifiedAt,
    stageChangedAt: utcText(row.LastStageChangeDate),
    modifiedByUs: modifiedBy !== null && modifiedBy === context.userId,
    deleted: row.IsDeleted === true,
    mergedInto: null,
    values,
    customerId: typeof row.AccountId === 'string' ? canonicalSalesforceId(row.AccountId) : null,
    people: peopleOf(row, byName, context.people),
    ...(products === undefined ? {} : { products }),
  };
}

/** The child rows under a relation: none for null; undefined when the relation was not read. */
export function childRows(envelope: unknown): readonly Row[] | undefined {
  if (envelope === null) return [];
  if (typeof envelope !== 'object' || !('records' in envelope) || !Array.isArray(envelope.records))
    return undefined;
  return envelope.records.filter((row): row is Row => typeof row === 'object' && row !== null);
}

function peopleOf(
  row: Row,
  byName: ReadonlyMap<string, unknown>,
  sources: readonly PeopleSource[],
): Partial<Record<PeopleSource, readonly Person[]>> {
  const people: Partial<Record<PeopleSource, readonly Person[]>> = {};
  const roles = childRows(row.OpportunityContactRoles);
  const team = childRows(row.OpportunityTeamMembers);
  for (const source of sources) {
    if (source === 'owner' && byName.has('owner')) people.owner = persons([row.Owner]);
    if (source === 'contactRoles' && roles !== undefined)
      people.contactRoles = persons(roles.map((role) => role.Contact));
    if (source === 'primaryContact' && roles !== undefined) {
      people.primaryContact = persons(
        roles.filter((role) => role.IsPrimary === true).map((role) => role.Contact),
      );
    }
    if (source === 'opportunityTeam' && team !== undefined)
      people.opportunityTeam = persons(team.map((member) => member.User));
  }
  return people;
}

function persons(rows: readonly unknown[]): Person[] {
  return rows.flatMap((row) => {
    if (typeof row !== 'object' || row === null) return [];
    const byName = lowerKeys(row);
    const text = (name: string): string | null => {
      const value = byName.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
    };
    return [
      {
        firstName: text('firstname'),
        lastName: text('lastname'),
        email: text('email')?.toLowerCase() ?? null,
        phone: text('phone') ?? text('mobilephone'),
      },
    ];
  });
}

function productsOf(envelope: unknown): CrmProduct[] | undefined {
  return childRows(envelope)?.flatMap((row) => {
    const id = typeof row.Product2Id === 'string' ? canonicalSalesforceId(row.Product2Id) : null;
    if (id === null) return [];
    const product = row.Product2;
    const name = typeof product === 'object' && product !== null && 'Name' in product ? product.Name : null;
    return [{ id, name: typeof name === 'string' ? name : null }];
  });
}
