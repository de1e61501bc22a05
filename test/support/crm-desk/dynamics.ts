import type { DataverseOrg, Value, Values } from '../../../src/sandbox/dataverse/index.ts';
import { CLOSED_AS_ERROR, columnFor, STAGES, stageOf, WORDS, type Words } from './dynamics-words.ts';
import type { Cells, CrmDesk } from './index.ts';

/** Columns that the sandbox's Salesforce comes with. */
const OWN_COLUMNS = [
  ['Register_Deal__c', 'boolean'],
  ['Contract_Signed__c', 'date'],
  ['Contract_Start__c', 'date'],
  ['Deployed_on_Azure__c', 'boolean'],
  ['Registration_Status__c', 'string'],
] as const;
const TYPES = { string: 'String', text: 'Memo', boolean: 'Boolean', date: 'DateTime' } as const;

/** Dynamics 365: every name and value is translated, and a stage is reached the way the product wants it. */
export function createDynamicsDesk(org: DataverseOrg): CrmDesk {
  const removed = new Map<string, Values>();
  /** Columns of a test's own, by table: the test's name for each, and its logical name. */
  const added = new Map<string, Map<string, string>>();
  const admin = org.as(org.adminUserId);
  const as = (userId: string | undefined) => (userId === undefined ? admin : org.as(userId));

  const wordsOf = (object: string, values: Cells = {}): Words => {
    const name = object === 'Account' && 'FirstName' in values ? 'Contact' : object;
    const words = WORDS[name];
    if (words === undefined) throw new TypeError(`The tests have no word in Dynamics 365 for ${object}.`);
    return words;
  };
  const customer = (id: string): Value => {
    const table = org.find('account', id) === null ? 'contact' : 'account';
    return { table, id };
  };

  /** A cell in Dynamics 365's terms. */
  function toValue(words: Words, column: string, cell: Cells[string]): Value {
    if (cell === null || typeof cell !== 'string') return cell;
    if (column === 'customerid') return customer(cell);
    const target = words.lookups[column];
    if (target !== undefined) return { table: target, id: cell };
    if (column === 'transactioncurrencyid') {
      const row = org.list('transactioncurrency').find(({ isocurrencycode }) => isocurrencycode === cell);
      return { table: 'transactioncurrency', id: String(row?.transactioncurrencyid) };
    }
    const options = org.schema.get(words.table).columns.get(column)?.options ?? [];
    return options.find(({ label }) => label === cell)?.value ?? cell;
  }

  function toValues(words: Words, cells: Cells): Record<string, Value> {
    const values: Record<string, Value> = {};
    for (const [name, cell] of Object.entries(cells)) {
      if (name === 'StageName') continue;
      const column = columnFor(words, name);
      if (column !== null) values[column] = toValue(words, column, cell);
    }
    return values;
  }

  /** A value of Dynamics 365 as the tests say it. */
  function toCell(words: Words, column: string, value: Value): unknown {
    if (value === null) return null;
    if (typeof value === 'object')
      return value.table === 'transactioncurrency'
        ? org.find(value.table, value.id)?.isocurrencycode
        : value.id;
    const options = org.schema.get(words.table).columns.get(column)?.options ?? [];
    return typeof value === 'number'
      ? (options.find((option) => option.value === value)?.label ?? value)
      : value;
  }

  /** Moves an opportunity to a stage: closing and reopening have messages of their own. */
  function moveTo(id: string, stage: string, userId: string | undefined): void {
    const wanted = STAGES[stage];
    if (wanted === undefined) throw new TypeError(`The tests have no words for the stage ${stage}.`);
    const user = as(userId);
    const isOpen = org.find('opportunity', id)?.statecode === 0;
    if (wanted.state !== 0) {
      if (!isOpen) user.reopen(id);
      return user.close(id, wanted.state === 1 ? 'won' : 'lost', { status: wanted.status });
    }
    if (!isOpen) user.reopen(id);
    user.update('opportunity', id, {
      statuscode: wanted.status,
      ...(wanted.salesStage === null ? {} : { salesstage: wanted.salesStage }),
    });
  }

  function edit(object: string, id: string, cells: Cells, userId?: string): void {
    const words = wordsOf(object, cells);
    const values = toValues(words, cells);
    if (Object.keys(values).length > 0) as(userId).update(words.table, id, values);
    if (typeof cells.StageName === 'string') moveTo(id, cells.StageName, userId);
  }

  function row(object: string, id: string): Record<string, unknown> | null {
    const isPerson = object === 'Account' && org.find('account', id) === null;
    const words = wordsOf(isPerson ? 'Contact' : object);
    const values = org.find(words.table, id);
    if (values === null) return null;
    const named = [...Object.entries(words.columns), ...(added.get(words.table) ?? [])].map(
      ([name, column]) => [name, toCell(words, column, values[column] ?? null)],
    );
    const stage = object === 'Opportunity' ? { StageName: stageOf(values) } : {};
    return { ...Object.fromEntries(named), ...stage, Id: id, IsDeleted: false };
  }

  function addColumn(object: string, name: string, type: keyof typeof TYPES): void {
    const words = wordsOf(object);
    const column = columnFor(words, name);
    if (column === null || org.schema.get(words.table).columns.has(column)) return;
    org.addColumn(words.table, column, TYPES[type], type === 'date' ? { dateOnly: true } : {});
    const names = added.get(words.table) ?? new Map<string, string>();
    added.set(words.table, names.set(name, column));
  }

  // What an administrator adds before cosell-sync can be used to the full.
  for (const [name, type] of OWN_COLUMNS) addColumn('Opportunity', name, type);
  addColumn('Account', 'DunsNumber', 'string');
  org.addOption('opportunity', 'statuscode', CLOSED_AS_ERROR);

  return {
    kind: 'dynamics',
    adminId: org.adminUserId,
    add(object, cells, userId) {
      const words = wordsOf(object, cells);
      const id = as(userId).create(words.table, toValues(words, cells));
      if (typeof cells.StageName === 'string') moveTo(id, cells.StageName, userId);
      return id;
    },
    edit,
    row,
    find(object, cells) {
      const words = wordsOf(object);
      const wanted = toValues(words, cells);
      const key = org.schema.get(words.table).primaryId;
      return org
        .list(words.table)
        .filter((values) =>
          Object.entries(wanted).every(
            ([name, value]) => JSON.stringify(values[name]) === JSON.stringify(value),
          ),
        )
        .map((values) => String(values[key]));
    },
    remove(object, id) {
      const { table } = wordsOf(object);
      const values = org.find(table, id);
      if (values !== null) removed.set(id, values);
      admin.delete(table, id);
    },
    restore(object, id) {
      const values = removed.get(id);
      if (values === undefined) throw new TypeError(`${id} was not removed here.`);
      org.load(wordsOf(object).table, values);
    },
    leave(object, id, cells) {
      const words = wordsOf(object, cells);
      const stage = typeof cells.StageName === 'string' ? STAGES[cells.StageName] : undefined;
      org.patchSilently(words.table, id, {
        ...toValues(words, cells),
        ...(stage === undefined ? {} : { statecode: stage.state, statuscode: stage.status }),
      });
    },
    mergeAccounts(survivor, others) {
      for (const id of others) {
        for (const { values } of org.store.referring('opportunity', 'customerid', id))
          admin.update('opportunity', String(values.opportunityid), {
            customerid: { table: 'account', id: survivor },
          });
        admin.update('account', id, { statecode: 1 });
      }
    },
    sell(opportunityId, products) {
      for (const name of products) {
        const known = org.list('product').find((values) => values.name === name)?.productid;
        const id = typeof known === 'string' ? known : admin.create('product', { name, productnumber: name });
        admin.create('opportunityproduct', {
          opportunityid: { table: 'opportunity', id: opportunityId },
          productid: { table: 'product', id },
          quantity: 1,
          priceperunit: 100,
        });
      }
    },
    addCurrency(isoCode) {
      org.addCurrency(isoCode, { rate: 1 });
    },
    addColumn,
    pathOf: (name) => columnFor(wordsOf('Opportunity'), name) ?? name,
    writes: () => org.writeLog.length,
  };
}
