/** What the platform or an administrator does to the organization beside saving records. */
import {
  type Column,
  type ColumnOptions,
  type ColumnType,
  column as makeColumn,
  type Option,
} from './column.ts';
import { comparable } from './keys.ts';
import { hasMoney, settleMoney } from './money.ts';
import type { DuplicateRule, OrgParts, Plugin } from './parts.ts';
import { settleRow } from './rules.ts';
import { defaultStatus } from './states.ts';
import type { AlternateKey, Table } from './table.ts';
import { guidOf, isReference, type MutableValues, numberOf, textOf, toStamp, type Values } from './values.ts';

export interface Administration {
  /**
   * Puts a row in as it is, keeping its id and times, without refusals or history. What is not given is defaulted.
   * @returns the id. @throws RangeError for an unknown table
   */
  load(table: string, values: Values): string;
  /** Changes columns of a row without moving `modifiedon`. Its version moves. @throws RangeError */
  patchSilently(table: string, id: string, changes: Values): void;
  /** @param options `rate`: how much of it one unit of the base currency buys. @returns the row's id */
  addCurrency(isoCode: string, options?: { readonly rate?: number; readonly precision?: number }): string;
  /** Adds a column that everybody can see. Delta links of the table die, as with every change of metadata. */
  addColumn(table: string, schemaName: string, type: ColumnType, options?: ColumnOptions): Column;
  removeColumn(table: string, column: string): void;
  /** Adds a choice to a column; a status reason names its state. @throws RangeError without the column */
  addOption(table: string, column: string, option: Option): void;
  /** Adds an alternate key, ready for use. */
  addKey(table: string, schemaName: string, columns: readonly string[]): AlternateKey;
  /** @returns a function that removes the rule */
  addDuplicateRule(rule: DuplicateRule): () => void;
  addPlugin(plugin: Plugin): () => void;
  /** Makes every delta link so far useless: of one table, or of all. */
  expireDeltaLinks(table?: string): void;
  /** Notes that a table's metadata changed. */
  noteMetadataChange(table: string): void;
  setChangeTracking(table: string, isOn: boolean): void;
}

const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹' };
const NAMES: Readonly<Record<string, string>> = {
  USD: 'US Dollar',
  EUR: 'Euro',
  GBP: 'Pound Sterling',
  JPY: 'Yen',
  INR: 'Indian Rupee',
};

/** Where a key's values repeat among the rows there are. */
export function repeats({ store }: OrgParts, table: Table, columns: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const { values } of store.rows(table.name)) {
    const parts = columns.map((column) => comparable(values[column]));
    if (parts.includes(null)) continue;
    const text = JSON.stringify(parts);
    if (seen.has(text)) return true;
    seen.add(text);
  }
  return false;
}

/** The administrator's tools over one organization. */
export function createAdministration(parts: OrgParts): Administration {
  const { store, schema, clock, ids } = parts;

  function noteMetadataChange(table: string): void {
    if (parts.switches.metadataExpiresTokens) parts.tokensDeadUpTo.set(table, store.nextVersion());
  }

  function add<T>(list: T[], item: T): () => void {
    list.push(item);
    return () => {
      const index = list.indexOf(item);
      if (index >= 0) list.splice(index, 1);
    };
  }

  function load(name: string, given: Values): string {
    const table = schema.get(name);
    const id = textOf(given, table.primaryId)?.toLowerCase() ?? store.newId();
    const values: MutableValues = {};
    for (const each of table.columns.values()) values[each.name] = each.defaultValue;
    const created = textOf(given, 'createdon') ?? textOf(given, 'modifiedon') ?? toStamp(clock.now());
    const user = { table: 'systemuser', id: ids.administrator };
    Object.assign(values, { createdon: created, modifiedon: created, createdby: user, modifiedby: user });
    if (table.ownership === 'UserOwned') values.ownerid = user;
    if (hasMoney(table))
      values.transactioncurrencyid = { table: 'transactioncurrency', id: ids.baseCurrency };
    Object.assign(values, given, { [table.primaryId]: id });
    if (table.ownership === 'UserOwned') {
      const owner = isReference(values.ownerid) ? values.ownerid : user;
      values.owninguser = owner.table === 'systemuser' ? owner : null;
      values.owningteam = owner.table === 'team' ? owner : null;
      values.owningbusinessunit = { table: 'businessunit', id: ids.businessUnit };
    }
    const state = numberOf(values, 'statecode');
    if (state !== null && !('statuscode' in given)) values.statuscode = defaultStatus(table, state);
    settleRow(parts, table, values, given, null);
    settleMoney(parts, table, values, new Set(['transactioncurrencyid']));
    values.versionnumber = store.nextVersion();
    store.put(table.name, { id, values, version: values.versionnumber });
    return id;
  }

  return {
    load,
    patchSilently(name, id, changes) {
      const table = schema.get(name);
      const before = store.get(name, id.toLowerCase());
      if (before === undefined) throw new RangeError(`The sandbox's Dataverse has no ${name} ${id}.`);
      const values: MutableValues = { ...before.values, ...changes };
      settleMoney(parts, table, values, new Set(Object.keys(changes)));
      values.versionnumber = store.nextVersion();
      store.put(name, { id: before.id, values, version: values.versionnumber });
    },
    addCurrency: (isoCode, { rate = 1, precision = isoCode === 'JPY' ? 0 : 2 } = {}) =>
      load('transactioncurrency', {
        transactioncurrencyid: guidOf(`currency ${isoCode}`),
        isocurrencycode: isoCode,
        currencyname: NAMES[isoCode] ?? isoCode,
        currencysymbol: SYMBOLS[isoCode] ?? isoCode,
        currencyprecision: precision,
        exchangerate: rate,
      }),
    addColumn(table, schemaName, type, options = {}) {
      const added = makeColumn(schemaName, type, {
        isCustom: true,
        addedAtMs: clock.now().getTime(),
        ...options,
      });
      noteMetadataChange(table);
      return schema.addColumn(table, added);
    },
    removeColumn(table, column) {
      noteMetadataChange(table);
      schema.removeColumn(table, column.toLowerCase());
    },
    addOption(table, name, option) {
      const existing = schema.get(table).columns.get(name);
      if (existing === undefined)
        throw new RangeError(`The sandbox's Dataverse has no column ${name} of ${table}.`);
      schema.addColumn(table, { ...existing, options: [...existing.options, option] });
      noteMetadataChange(table);
    },
    addKey(table, schemaName, columns) {
      const name = schemaName.toLowerCase();
      const key: AlternateKey = {
        name,
        schemaName,
        label: schemaName,
        columns: columns.map((column) => column.toLowerCase()),
        metadataId: guidOf(`key ${table}.${name}`),
        requestedAtMs: 0,
        failed: repeats(parts, schema.get(table), columns),
      };
      schema.get(table).keys.push(key);
      noteMetadataChange(table);
      return key;
    },
    addDuplicateRule: (rule) => add(parts.duplicateRules, rule),
    addPlugin: (plugin) => add(parts.plugins, plugin),
    expireDeltaLinks(table) {
      const version = store.nextVersion();
      const names = table === undefined ? [...schema.tables()].map(({ name }) => name) : [table];
      for (const name of names) parts.tokensDeadUpTo.set(name, version);
    },
    noteMetadataChange,
    setChangeTracking(table, isOn) {
      schema.get(table).changeTracking = isOn;
    },
  };
}
