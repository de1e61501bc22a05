/** Links: at most one for an opportunity and one for a referral, which the tables enforce. */
import { LinkConflictError } from '../../core/errors.ts';
import type { OpportunityId, ReferralId } from '../../core/ids.ts';
import type { Link, LinkFilter } from '../../core/store-port.ts';
import { checkedColumns, checksumOf } from './checksum.ts';
import { idList, type Partition } from './partition.ts';
import { linkDetails, toJson } from './rows.ts';
import { type Row, SQLITE_CONSTRAINT_UNIQUE, sqliteCode, textOf } from './sqlite.ts';

const COLUMNS = checkedColumns('links');

/** SQLite's way of saying that there is no limit. */
const UNLIMITED = -1;

/**
 * Saves a link. A link changes its referral only by being removed first.
 * Throws LinkConflictError when either record is linked to another.
 */
export function saveLink(partition: Partition, link: Link): void {
  const { sql, id } = partition;
  // In the order of the columns.
  const texts = [
    link.opportunityId,
    link.referralId,
    link.engagementId,
    link.status,
    link.linkedAt,
    link.changedAt,
    link.verifiedAt,
    toJson(link.baseline),
    linkDetails(link),
  ];
  let changed = 0;
  try {
    changed = sql.run(
      `INSERT INTO links (connection, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (connection, opportunity_id) DO UPDATE SET
         engagement_id = excluded.engagement_id, status = excluded.status, linked_at = excluded.linked_at,
         changed_at = excluded.changed_at, verified_at = excluded.verified_at, baseline = excluded.baseline,
         details = excluded.details, checksum = excluded.checksum
       WHERE links.referral_id = excluded.referral_id`,
      id,
      ...texts,
      checksumOf(...texts),
    );
  } catch (error) {
    if (sqliteCode(error) !== SQLITE_CONSTRAINT_UNIQUE) throw error;
  }
  if (changed === 0) throw conflictOf(partition, link);
}

export function removeLink({ sql, id }: Partition, opportunityId: OpportunityId): void {
  sql.run('DELETE FROM links WHERE connection = ? AND opportunity_id = ?', id, opportunityId);
}

export function linksByOpportunity(
  { sql, id, rows }: Partition,
  ids: readonly OpportunityId[],
): ReadonlyMap<OpportunityId, Link> {
  const found = sql.all(
    `SELECT ${COLUMNS} FROM links WHERE connection = ? AND opportunity_id IN (SELECT value FROM json_each(?))`,
    id,
    idList(ids),
  );
  return new Map(found.map(rows.link).map((link) => [link.opportunityId, link]));
}

export function linksByReferral(
  { sql, id, rows }: Partition,
  ids: readonly ReferralId[],
): ReadonlyMap<ReferralId, Link> {
  const found = sql.all(
    `SELECT ${COLUMNS} FROM links WHERE connection = ? AND referral_id IN (SELECT value FROM json_each(?))`,
    id,
    idList(ids),
  );
  return new Map(found.map(rows.link).map((link) => [link.referralId, link]));
}

/** Links in the order of their opportunity ids. */
export function listLinks(partition: Partition, filter: LinkFilter): readonly Link[] {
  const { sql, id, rows } = partition;
  const { status, limit = UNLIMITED, after = '' } = filter;
  const page = (where: string, ...values: string[]): readonly Row[] =>
    sql.all(
      `SELECT ${COLUMNS} FROM links WHERE connection = ? AND opportunity_id > ? ${where} ORDER BY opportunity_id LIMIT ?`,
      id,
      after,
      ...values,
      limit,
    );
  // Links that no longer sync are few and have an index of their own; the index applies only where the condition says so.
  if (status === undefined) return page('').map(rows.link);
  if (status === 'active') return page("AND status = 'active'").map(rows.link);
  return page("AND status = ? AND status <> 'active'", status).map(rows.link);
}

function conflictOf({ sql, id }: Partition, link: Link): LinkConflictError {
  const row = sql.get(
    'SELECT opportunity_id, referral_id FROM links WHERE connection = ? AND (opportunity_id = ? OR referral_id = ?)',
    id,
    link.opportunityId,
    link.referralId,
  );
  if (row === undefined) throw new TypeError('A link was refused although nothing is in its way.');
  return new LinkConflictError(link, {
    opportunityId: textOf(row, 'opportunity_id'),
    referralId: textOf(row, 'referral_id'),
  });
}
