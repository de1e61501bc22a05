/** The ledger of one connection in `ledger.db`, which all connections of a state directory share. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { refuseMoved, refuseMovedMeta } from '../../core/decided-elsewhere.ts';
import { StateError } from '../../core/errors.ts';
import type { Ledger, LedgerChanges } from '../../core/store-port.ts';
import * as attention from './attention.ts';
import { createMemoryDatabase, LEDGER_FILE, openDatabase } from './database.ts';
import * as journal from './journal.ts';
import * as links from './links.ts';
import { openPartition, type Partition } from './partition.ts';
import * as records from './records.ts';
import type { Migration } from './schema.ts';
import { createSql, integerOf, type Sql, textOf } from './sqlite.ts';

/** A ledger with what only this store offers. */
export interface EmbeddedLedger extends Ledger {
  /** Forgets old history, resolved items and run reports; returns how many rows went. */
  prune(retention: journal.Retention): Promise<number>;
}

export type OpenLedgerOptions = {
  readonly connection: string;
  readonly now: () => Date;
} & (
  | {
      readonly dir: string;
      /** Writes nothing and commits nothing; a missing ledger is as good as an empty one. */
      readonly readOnly?: boolean;
      /** For tests of the migration itself. */
      readonly migrations?: readonly Migration[];
    }
  /** Lives in memory: alone (`true`), or together with other handles on the same database. */
  | { readonly memory: true | DatabaseSync }
);

/**
 * Opens a connection's ledger on a handle of its own, making it when there is none.
 * Throws StateError, with the remedy, for a damaged, foreign or newer file.
 */
export function openLedger(options: OpenLedgerOptions): EmbeddedLedger {
  const { connection } = options;
  const now = options.now();
  if ('memory' in options) {
    const database = options.memory === true ? createMemoryDatabase(now) : options.memory;
    const sql = createSql(database, MEMORY);
    return ledgerOn(sql, { connection, now, close: options.memory === true ? sql.close : leaveOpen });
  }
  const { dir, readOnly = false, migrations } = options;
  const database = openDatabase({ dir, now, readOnly, ...(migrations === undefined ? {} : { migrations }) });
  const sql = createSql(database, join(dir, LEDGER_FILE));
  try {
    return ledgerOn(sql, { connection, now, readOnly, close: sql.close });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What messages call a ledger without a file. */
export const MEMORY = 'The ledger in memory';

const leaveOpen = (): void => {};

export interface LedgerOnOptions {
  readonly connection: string;
  readonly now: Date;
  readonly readOnly?: boolean;
  /** What closing this ledger closes; nothing where the database is shared. */
  readonly close?: () => void;
}

/** The ledger of a connection on a database that is open. */
export function ledgerOn(
  sql: Sql,
  { connection, now, readOnly = false, close = leaveOpen }: LedgerOnOptions,
): EmbeddedLedger {
  const partition = openPartition(sql, { connection, now, readOnly });
  const { id } = partition;
  const refuseReadOnly = (): void => {
    if (readOnly) throw new StateError(`${sql.file} was opened for reading only; nothing was saved.`);
  };
  let isOpen = true;
  return {
    async identity() {
      const row = sql.get(
        `SELECT lineage, (SELECT serial FROM connections WHERE id = ?) AS serial FROM ledger WHERE one = 1`,
        id,
      );
      if (row === undefined) throw new StateError(`${sql.file} has lost its identity; restore a backup.`);
      const { created, createdAt } = partition;
      const serial = row.serial === null ? 0 : integerOf(row, 'serial');
      return { lineage: textOf(row, 'lineage'), serial, createdAt, created };
    },
    async commit(changes) {
      refuseReadOnly();
      sql.transaction(() => applyChanges(partition, changes));
    },

    opportunities: async (ids) => records.opportunitiesById(partition, ids),
    referrals: async (ids) => records.referralsById(partition, ids),
    referralVersion: (referralId) => records.referralVersion(partition, referralId),
    referralsTagged: async (ids) => records.referralsTagged(partition, ids),
    referralsOfEngagement: async (engagementId) => records.referralsOfEngagement(partition, engagementId),
    opportunitiesTagged: async (ids) => records.opportunitiesTagged(partition, ids),
    due: async (now, limit) => records.dueRecords(partition, now, limit),
    countDue: async (now) => records.countDue(partition, now),

    linksByOpportunity: async (ids) => links.linksByOpportunity(partition, ids),
    linksByReferral: async (ids) => links.linksByReferral(partition, ids),
    links: async (filter) => links.listLinks(partition, filter),
    async counts() {
      const row = sql.get('SELECT links, opportunities, referrals FROM connections WHERE id = ?', id);
      if (row === undefined) return { links: 0, opportunities: 0, referrals: 0 };
      return {
        links: integerOf(row, 'links'),
        opportunities: integerOf(row, 'opportunities'),
        referrals: integerOf(row, 'referrals'),
      };
    },

    intents: async () => journal.listIntents(partition),

    attention: async (filter) => attention.listAttention(partition, filter),
    attentionAbout: async ({ opportunityIds, referralIds }) =>
      attention.attentionAbout(partition, opportunityIds, referralIds),
    attentionByKeys: async (keys) => attention.attentionByKeys(partition, keys),
    findAttention: async (text) => attention.findAttention(partition, text),

    history: async (record, field) => journal.historyOf(partition, record, field),
    runs: async (limit) => journal.listRuns(partition, limit),
    meta: async (key) => journal.findMeta(partition, key),

    async prune(retention) {
      refuseReadOnly();
      return journal.pruneJournal(partition, retention);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      close();
    },
  };
}

/** The order lets one commit replace what it removes: unlink before link, resolve before raise, settle last. */
function applyChanges(partition: Partition, changes: LedgerChanges): void {
  const { sql, id } = partition;
  if (changes.asSeen !== undefined) {
    const held = attention.attentionByKeys(
      partition,
      changes.asSeen.map(({ key }) => key),
    );
    refuseMoved(changes.asSeen, (key) => held.get(key));
  }
  refuseMovedMeta(changes.metaAsSeen ?? {}, (key) => journal.findMeta(partition, key));
  sql.run('UPDATE connections SET serial = serial + 1 WHERE id = ?', id);
  for (const seen of changes.opportunities ?? []) records.saveOpportunity(partition, seen);
  for (const seen of changes.referrals ?? []) records.saveReferral(partition, seen);
  for (const move of changes.due ?? []) records.moveDue(partition, move);
  for (const opportunityId of changes.unlink ?? []) links.removeLink(partition, opportunityId);
  for (const link of changes.links ?? []) links.saveLink(partition, link);
  for (const intent of changes.intents ?? []) journal.saveIntent(partition, intent);
  for (const intentId of changes.settledIntents ?? []) journal.settleIntent(partition, intentId);
  for (const key of changes.resolved ?? []) attention.resolveAttention(partition, key);
  for (const item of changes.attention ?? []) attention.saveAttention(partition, item);
  for (const entry of changes.history ?? []) journal.appendHistory(partition, entry);
  if (changes.run !== undefined) journal.saveRun(partition, changes.run);
  for (const [key, value] of Object.entries(changes.meta ?? {})) journal.saveMeta(partition, key, value);
}
