/** Object definitions: what a table is called, which columns it has, what may be done with its rows. */
import type { Feature, Field } from './field.ts';

export interface SObject {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  /** Whether deleted rows go to the recycle bin; else they vanish. */
  readonly undeletable: boolean;
  readonly mergeable: boolean;
  readonly replicateable: boolean;
  readonly feature: Feature | null;
  /** Belongs to the tooling API only. */
  readonly tooling: boolean;
  readonly fields: readonly Field[];
}

export type ObjectOptions = Partial<Omit<SObject, 'name' | 'keyPrefix' | 'fields'>>;

/** Defines an object; its rows can be written and deleted unless said otherwise. */
export function sObject(
  name: string,
  keyPrefix: string,
  fields: readonly Field[],
  options: ObjectOptions = {},
): SObject {
  const label = options.label ?? name.replace(/([a-z])([A-Z])/g, '$1 $2');
  return {
    name,
    label,
    labelPlural: `${label}s`,
    keyPrefix,
    createable: true,
    updateable: true,
    deletable: true,
    undeletable: true,
    mergeable: false,
    replicateable: true,
    feature: null,
    tooling: false,
    fields,
    ...options,
  };
}
