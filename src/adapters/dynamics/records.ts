/** From a row to an opportunity record: values by mapping path, people, products. */
import type { Person } from '../../core/deal.ts';
import { canonicalGuid, type OpportunityId } from '../../core/ids.ts';
import type { OpportunityRecord } from '../../core/ports.ts';
import { contactOf, userOf } from './people.ts';
import type { Related } from './related.ts';
import type { Row } from './schema.ts';
import { rowAt, type View } from './view.ts';

/** The row's id in its canonical form, or null when the row is none of an opportunity. */
export function opportunityIdOf(row: Row): OpportunityId | null {
  return typeof row.opportunityid === 'string'
    ? (canonicalGuid(row.opportunityid) as OpportunityId | null)
    : null;
}

/** An instant as UTC text of fixed width, so that it sorts by time; null when it is none. */
export function utcText(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : new Date(instant).toISOString();
}

/**
 * The record of a row; null when the row lacks what every row must have.
 * @param related what was read around it; null when nothing was, and what it would have brought is then unknown
 */
export function toRecord(row: Row, related: Related | null, view: View): OpportunityRecord | null {
  const id = opportunityIdOf(row);
  const version = row['@odata.etag'];
  const modifiedAt = utcText(row.modifiedon);
  if (id === null || typeof version !== 'string' || modifiedAt === null) return null;
  const { selection, shape } = view;
  const modifiedBy = row._modifiedby_value;
  const customer = row._customerid_value;
  return {
    id,
    version,
    modifiedAt,
    createdAt: utcText(row.createdon) ?? modifiedAt,
    // Dataverse keeps no time of the last change of a stage.
    stageChangedAt: null,
    modifiedByUs: typeof modifiedBy === 'string' && modifiedBy.toLowerCase() === shape.userId,
    deleted: false,
    mergedInto: null,
    values: { ...view.valuesOf(row), ...related?.values },
    customerId: typeof customer === 'string' ? canonicalGuid(customer) : null,
    people: peopleOf(row, related, view),
    ...(selection.products && related !== null ? { products: related.products } : {}),
  };
}

function peopleOf(row: Row, related: Related | null, { selection }: View): OpportunityRecord['people'] {
  const people: { -readonly [K in keyof OpportunityRecord['people']]: OpportunityRecord['people'][K] } = {};
  for (const source of selection.people) {
    if (source === 'owner') {
      // A team that owns the deal has no address of its own: then nobody is known.
      const owner = rowAt(row, ['owninguser']);
      if (owner !== undefined) people.owner = owner === null ? [] : [userOf(owner)];
    } else if (source === 'primaryContact') {
      const contact = rowAt(row, ['parentcontactid']);
      const customer = rowAt(row, ['customerid_contact']);
      const found = contact ?? customer;
      if (found !== undefined) people.primaryContact = found === null ? [] : [contactOf(found)];
    } else if (related === null) {
      // Not read: unknown, which is not nobody.
    } else if (source === 'connections') {
      people.connections = related.contacts;
      people.connectedUsers = related.users;
    } else if (source === 'opportunityTeam') {
      people.opportunityTeam = distinctPeople([...related.team, ...related.users]);
    }
  }
  return people;
}

function distinctPeople(people: readonly Person[]): Person[] {
  const byEmail = new Map<string, Person>();
  for (const person of people) {
    const key = person.email ?? JSON.stringify(person);
    if (!byEmail.has(key)) byEmail.set(key, person);
  }
  return [...byEmail.values()];
}

/** The record of a row that was deleted: nothing but its id is left of it. */
export function toDeletedRecord(id: OpportunityId, serverTime: string): OpportunityRecord {
  return {
    id,
    version: 'deleted',
    modifiedAt: serverTime,
    createdAt: serverTime,
    stageChangedAt: null,
    modifiedByUs: false,
    deleted: true,
    mergedInto: null,
    values: {},
    customerId: null,
    people: {},
  };
}

/** Records in the order of the feed. */
export function byTime(left: OpportunityRecord, right: OpportunityRecord): number {
  if (left.modifiedAt !== right.modifiedAt) return left.modifiedAt < right.modifiedAt ? -1 : 1;
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
