/** The org's schema: objects and columns by name (in any case), relationships both ways. */
import { crmObjects } from './crm-objects.ts';
import type { Feature, Field } from './field.ts';
import type { SObject } from './object.ts';
import { opportunityObjects } from './opportunity-objects.ts';
import { platformObjects } from './platform-objects.ts';
import type { SalesforceSwitches } from './switches.ts';

/** Rows of another object that point at this one. */
export interface ChildRelationship {
  readonly object: SObject;
  readonly field: Field;
}

export interface Schema {
  /** Objects that the org's features provide, those of the tooling API left out. */
  objects(): readonly SObject[];
  /** An object by its name in any case, when the org has it. */
  find(name: string): SObject | undefined;
  /** The object whose ids start like this. */
  byPrefix(id: string): SObject | undefined;
  /** A column by its name in any case, when the org has it. */
  field(object: SObject, name: string): Field | undefined;
  /** The columns that the org has. */
  fields(object: SObject): readonly Field[];
  /** The lookup column behind a relationship such as `Account` or `Region__r`. */
  parent(object: SObject, relationshipName: string): Field | undefined;
  children(object: SObject): readonly ChildRelationship[];
  /** @throws RangeError when the org has no such object */
  addField(objectName: string, field: Field): void;
  removeField(objectName: string, fieldName: string): void;
}

interface Entry {
  object: SObject;
  byName: Map<string, Field>;
  byRelationship: Map<string, Field>;
}

function index(object: SObject): Entry {
  const byRelationship = new Map<string, Field>();
  for (const field of object.fields) {
    if (field.relationshipName !== null) byRelationship.set(field.relationshipName.toLowerCase(), field);
  }
  return {
    object,
    byName: new Map(object.fields.map((field) => [field.name.toLowerCase(), field])),
    byRelationship,
  };
}

/** The schema of an org whose features follow the switches at any moment. */
export function createSchema(switches: SalesforceSwitches): Schema {
  const entries = new Map<string, Entry>();
  for (const object of [...opportunityObjects(), ...crmObjects(), ...platformObjects()]) {
    entries.set(object.name.toLowerCase(), index(object));
  }
  const has = (feature: Feature | null): boolean => feature === null || switches[feature];
  const entryOf = (name: string): Entry | undefined => {
    const entry = entries.get(name.toLowerCase());
    return entry !== undefined && has(entry.object.feature) ? entry : undefined;
  };
  const change = (name: string, edit: (fields: readonly Field[]) => Field[]): void => {
    const entry = entries.get(name.toLowerCase());
    if (entry === undefined) throw new RangeError(`The sandbox's Salesforce has no object ${name}.`);
    entries.set(name.toLowerCase(), index({ ...entry.object, fields: edit(entry.object.fields) }));
  };

  return {
    objects: () =>
      [...entries.values()]
        .map(({ object }) => object)
        .filter(({ feature, tooling }) => !tooling && has(feature)),
    find: (name) => entryOf(name)?.object,
    byPrefix: (id) =>
      [...entries.values()].map(({ object }) => object).find(({ keyPrefix }) => id.startsWith(keyPrefix)),
    field(object, name) {
      const field = entryOf(object.name)?.byName.get(name.toLowerCase());
      return field !== undefined && has(field.feature) ? field : undefined;
    },
    fields: (object) => (entryOf(object.name)?.object.fields ?? []).filter(({ feature }) => has(feature)),
    parent(object, relationshipName) {
      const field = entryOf(object.name)?.byRelationship.get(relationshipName.toLowerCase());
      return field !== undefined && has(field.feature) ? field : undefined;
    },
    children(object) {
      const found: ChildRelationship[] = [];
      for (const { object: other } of entries.values()) {
        if (!has(other.feature)) continue;
        for (const field of other.fields) {
          if (field.referenceTo.includes(object.name) && has(field.feature))
            found.push({ object: other, field });
        }
      }
      return found;
    },
    addField(objectName, field) {
      change(objectName, (fields) => [...fields.filter(({ name }) => name !== field.name), field]);
    },
    removeField(objectName, fieldName) {
      const gone = fieldName.toLowerCase();
      change(objectName, (fields) => fields.filter(({ name }) => name.toLowerCase() !== gone));
    },
  };
}
