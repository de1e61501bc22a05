/** What can change an opportunity's deal without moving the opportunity's own stamp. */
import type { OpportunityId } from '../../core/ids.ts';
import { parseOpportunityId } from '../../core/ids.ts';
import { ACCOUNT_STAMP, type ChildSource, type Columns } from './columns.ts';
import { MAX_HEAVY_PARTS } from './composite.ts';
import { hashOf, type Seen } from './cursor.ts';
import { after, type KeyedPlan, type QueryPlan } from './query.ts';
import { childRows, instantOf, lowerKeys, valueAt } from './records.ts';
import type { Row } from './schema.ts';
import { dateTime } from './soql.ts';

export interface RelatedPlan {
  readonly plan: KeyedPlan;
  /** The child rows it brings; null when it brings opportunities with all their columns. */
  readonly child: ChildSource | null;
}

/** One query slot of a composite belongs to the changed opportunities themselves. */
const MAX_PLANS = MAX_HEAVY_PARTS - 1;

/**
 * The queries for what changed beside the opportunities since `lower` (milliseconds since the epoch), the ones that
 * can be missed least first: a changed line item moves its opportunity's stamp too, so it comes last.
 */
export function relatedPlans(columns: Columns, lower: number): RelatedPlan[] {
  const since = dateTime(lower);
  const deleted = keyed(true, columns.flatSelect, 'Opportunity', [
    'IsDeleted = TRUE',
    `SystemModstamp >= ${since}`,
    columns.scope(),
  ]);
  const account = keyed(false, columns.select, 'Opportunity', [
    `${ACCOUNT_STAMP} >= ${since}`,
    columns.scope(),
  ]);
  const children = columns.children.map(
    (child): RelatedPlan => ({ child, plan: childPlan(child, since, columns.scope('Opportunity.')) }),
  );
  const isLast = ({ child }: RelatedPlan): boolean => child?.object === 'OpportunityLineItem';
  return [
    { child: null, plan: deleted },
    ...children.filter((plan) => !isLast(plan)),
    ...(columns.readsAccount ? [{ child: null, plan: account }] : []),
    ...children.filter(isLast),
  ].slice(0, MAX_PLANS);
}

function childPlan(child: ChildSource, since: string, scope: string): KeyedPlan {
  const { object, columns, stamps, keepsDeleted } = child;
  const select = [...columns, 'OpportunityId', ...(keepsDeleted ? ['IsDeleted'] : [])].join(', ');
  const changed = stamps.map((stamp) => `${stamp} >= ${since}`).join(' OR ');
  return keyed(keepsDeleted, select, object, [`(${changed})`, scope]);
}

function keyed(
  includeDeleted: boolean,
  select: string,
  from: string,
  conditions: readonly string[],
): KeyedPlan {
  return (afterId): QueryPlan => ({
    soql: `SELECT ${select} FROM ${from} WHERE ${[...conditions, ...after(afterId)].join(' AND ')} ORDER BY Id ASC`,
    includeDeleted,
  });
}

/** Opportunities of child rows that are new, or whose content is. Remembers them as seen. */
export function opportunitiesOfChildren(
  child: ChildSource,
  rows: readonly Row[],
  seen: Seen,
): OpportunityId[] {
  const ids = new Set<OpportunityId>();
  for (const row of rows) {
    const mark = markOf(child, row);
    const id = typeof row.OpportunityId === 'string' ? parseOpportunityId(row.OpportunityId) : null;
    if (id !== null && !seen.has(mark.hash, mark.changedAt)) ids.add(id);
    seen.add(mark.hash, mark.changedAt);
  }
  return [...ids];
}

/** Remembers the child rows that came with an opportunity, so that the next walk does not take them for news. */
export function rememberChildren(
  children: readonly ChildSource[],
  row: Row,
  floor: number,
  seen: Seen,
): void {
  for (const child of children) {
    for (const childRow of childRows(row[child.relation]) ?? []) {
      const { hash, changedAt } = markOf(child, childRow);
      if (changedAt >= floor) seen.add(hash, changedAt);
    }
  }
}

/** The same for a child row, whether it came with its opportunity or by itself. */
function markOf(child: ChildSource, row: Row): { readonly hash: string; readonly changedAt: number } {
  const byName = lowerKeys(row);
  const values = child.columns.map((column) => valueAt(byName, column) ?? null);
  const stamps = child.stamps.map((stamp) => instantOf(valueAt(byName, stamp)) ?? 0);
  return {
    hash: hashOf(child.object, { values, isDeleted: row.IsDeleted === true }),
    changedAt: Math.max(...stamps),
  };
}
