/**
 * The ledger's tables. Every key begins with the connection, and every query names it, so that a handle reaches its
 * own partition only. The version is kept in `user_version`; a migration brings a file from one version to the next.
 */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StateError } from '../../core/errors.ts';
import { CHECKED_COLUMNS, offerChecksum } from './checksum.ts';
import { createPrivateFile, syncDirectory } from './files.ts';
import { toStateError } from './sqlite.ts';

/** Marks a SQLite file as ours ("COSY"). */
export const APPLICATION_ID = 0x434f5359;

/** Brings the file from version `to - 1` to `to`. */
export interface Migration {
  readonly to: number;
  readonly statements: string;
}

// Due records have two indexes because two questions are asked of them: how many want processing by now, and which of
// very many come first. Both hold only rows that wait, so that settled ones cost nothing.
const VERSION_1 = `
CREATE TABLE ledger (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  lineage TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE connections (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  serial INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  links INTEGER NOT NULL DEFAULT 0,
  opportunities INTEGER NOT NULL DEFAULT 0,
  referrals INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE opportunities (
  connection INTEGER NOT NULL REFERENCES connections (id),
  id TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  due_at TEXT,
  record TEXT NOT NULL,
  PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX opportunities_due ON opportunities (connection, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX opportunities_queue ON opportunities (connection, modified_at, id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE opportunity_tags (
  connection INTEGER NOT NULL REFERENCES connections (id),
  referral_id TEXT NOT NULL,
  opportunity_id TEXT NOT NULL,
  PRIMARY KEY (connection, referral_id, opportunity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX opportunity_tags_opportunity ON opportunity_tags (connection, opportunity_id);

CREATE TABLE referrals (
  connection INTEGER NOT NULL REFERENCES connections (id),
  id TEXT NOT NULL,
  engagement_id TEXT NOT NULL,
  version TEXT,
  modified_at TEXT NOT NULL,
  due_at TEXT,
  tag TEXT,
  record TEXT NOT NULL,
  PRIMARY KEY (connection, id)
) STRICT;
CREATE INDEX referrals_due ON referrals (connection, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX referrals_queue ON referrals (connection, modified_at, id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX referrals_engagement ON referrals (connection, engagement_id);
CREATE INDEX referrals_tag ON referrals (connection, tag) WHERE tag IS NOT NULL;

CREATE TABLE links (
  connection INTEGER NOT NULL REFERENCES connections (id),
  opportunity_id TEXT NOT NULL,
  referral_id TEXT NOT NULL,
  engagement_id TEXT NOT NULL,
  status TEXT NOT NULL,
  linked_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  verified_at TEXT NOT NULL,
  baseline TEXT NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (connection, opportunity_id),
  UNIQUE (connection, referral_id)
) STRICT;
CREATE INDEX links_inactive ON links (connection, status, opportunity_id) WHERE status <> 'active';

CREATE TABLE intents (
  connection INTEGER NOT NULL REFERENCES connections (id),
  id TEXT NOT NULL,
  since TEXT NOT NULL,
  intent TEXT NOT NULL,
  PRIMARY KEY (connection, id)
) STRICT;

CREATE TABLE attention (
  connection INTEGER NOT NULL REFERENCES connections (id),
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  state TEXT NOT NULL,
  since TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  opportunity_id TEXT,
  referral_id TEXT,
  item TEXT NOT NULL,
  PRIMARY KEY (connection, key),
  UNIQUE (connection, id)
) STRICT;
CREATE INDEX attention_state ON attention (connection, state, since, id);
CREATE INDEX attention_opportunity ON attention (connection, opportunity_id) WHERE state = 'open';
CREATE INDEX attention_referral ON attention (connection, referral_id) WHERE state = 'open';

CREATE TABLE history (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  connection INTEGER NOT NULL REFERENCES connections (id),
  at TEXT NOT NULL,
  opportunity_id TEXT,
  referral_id TEXT,
  field TEXT NOT NULL,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX history_opportunity ON history (connection, opportunity_id) WHERE opportunity_id IS NOT NULL;
CREATE INDEX history_referral ON history (connection, referral_id) WHERE referral_id IS NOT NULL;
CREATE INDEX history_at ON history (connection, at);

CREATE TABLE runs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  connection INTEGER NOT NULL REFERENCES connections (id),
  id TEXT NOT NULL,
  report TEXT NOT NULL,
  UNIQUE (connection, id)
) STRICT;
CREATE INDEX runs_order ON runs (connection, sequence);

CREATE TABLE meta (
  connection INTEGER NOT NULL REFERENCES connections (id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (connection, key)
) STRICT, WITHOUT ROWID;

${counter('links')}
${counter('opportunities')}
${counter('referrals')}
`;

/** Counting a million rows on every run would take longer than the run. */
function counter(table: string): string {
  return `
CREATE TRIGGER ${table}_counted AFTER INSERT ON ${table} BEGIN
  UPDATE connections SET ${table} = ${table} + 1 WHERE id = NEW.connection;
END;
CREATE TRIGGER ${table}_uncounted AFTER DELETE ON ${table} BEGIN
  UPDATE connections SET ${table} = ${table} - 1 WHERE id = OLD.connection;
END;`;
}

// The function is ours (see `applyMigrations`): SQLite has no checksum of its own. What an older release damaged counts
// as sound from here on.
const VERSION_2 = Object.entries(CHECKED_COLUMNS)
  .map(
    ([table, columns]) => `
ALTER TABLE ${table} ADD COLUMN checksum INTEGER;
UPDATE ${table} SET checksum = checksum_of(${columns.join(', ')});`,
  )
  .join('');

/** The first version whose rows carry checksums. */
export const FIRST_WITH_CHECKSUMS = 2;

/** All versions, oldest first. A published one is never changed; a new one is appended. */
export const MIGRATIONS: readonly Migration[] = [
  { to: 1, statements: VERSION_1 },
  { to: 2, statements: VERSION_2 },
];

/** The version that a list of migrations leads to. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.to ?? 0;
}

/** The schema version of an open database; 0 for an empty one. */
export function versionOf(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return typeof row?.user_version === 'number' ? row.user_version : 0;
}

/** Makes the tables in an empty database, with an identity of their own. */
export function createSchema(
  database: DatabaseSync,
  { now, migrations }: { readonly now: Date; readonly migrations: readonly Migration[] },
): void {
  applyMigrations(database, migrations);
  database
    .prepare('INSERT INTO ledger (one, lineage, created_at) VALUES (1, ?, ?)')
    .run(randomUUID(), now.toISOString());
}

/**
 * Brings an older ledger up to date after keeping a copy of it as `ledger.db.v<N>.bak`.
 * Throws StateError when a step fails; the file then is as it was.
 */
export function migrate(database: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  const from = versionOf(database);
  if (from >= latestVersion(migrations)) return;
  const copy = `${file}.v${from}.bak`;
  try {
    keepCopy(database, copy);
    applyMigrations(database, migrations);
  } catch (error) {
    const known = toStateError(error, file);
    if (known instanceof StateError) throw known;
    throw new StateError(
      `${file} could not be brought from version ${from} to ${latestVersion(migrations)} and was left as it was (a copy is ${copy}); go back to the earlier release and report this.`,
      { cause: error },
    );
  }
}

function keepCopy(database: DatabaseSync, copy: string): void {
  const temporary = `${copy}.tmp`;
  rmSync(temporary, { force: true });
  createPrivateFile(temporary);
  database.prepare('VACUUM INTO ?').run(temporary);
  renameSync(temporary, copy);
  syncDirectory(dirname(copy));
}

/** Brings a database to the last version, in one transaction. */
export function applyMigrations(database: DatabaseSync, migrations: readonly Migration[]): void {
  offerChecksum(database);
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have been quicker.
    const from = versionOf(database);
    for (const { to, statements } of migrations) {
      if (to <= from) continue;
      database.exec(statements);
      database.exec(`PRAGMA user_version = ${to}`);
    }
    if (from === 0) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
