/**
 * What changes a deal without touching the opportunity's own row: its customer, its contact, its owner, rows that
 * point to it. Asked for in the request that takes up the delta link, so that it costs none of its own. A removed
 * connection leaves no trace; the full comparison finds it.
 */
import { createHash } from 'node:crypto';
import type { OpportunityId } from '../../core/ids.ts';
import { dateTime, queryText } from './odata.ts';
import { opportunityIdOf } from './records.ts';
import { changedPath, parentOf, relatedQueries } from './related.ts';
import type { Row } from './schema.ts';
import type { View } from './view.ts';

/** Lookups whose rows change for reasons of their own: rates of exchange, budgets of campaigns. */
const NOT_FOLLOWED = new Set(['transactioncurrencyid', 'campaignid', 'pricelevelid']);

/** The relationships to rows that are followed, each as its steps. */
function followedSteps({ shape, selection }: View): readonly (readonly string[])[] {
  const steps = shape.lookups
    .filter(({ lookup }) => !NOT_FOLLOWED.has(lookup))
    .flatMap(({ targets }) => targets.map((target) => target.steps));
  const people = [
    ...(selection.people.includes('owner') ? [['owninguser']] : []),
    ...(selection.people.includes('primaryContact') ? [['parentcontactid'], ['customerid_contact']] : []),
  ];
  const byName = new Map([...steps, ...people].map((entry) => [entry.join('/'), entry]));
  return [...byName.values()];
}

/** The queries, below the API's root, for what changed around opportunities. @param since milliseconds */
export function followedPaths(view: View, since: number): string[] {
  const paths = relatedQueries(view).map((query) => changedPath(query, since));
  const steps = followedSteps(view);
  if (steps.length === 0) return paths;
  const changed = steps.map((entry) => `${entry.join('/')}/modifiedon ge ${dateTime(since)}`).join(' or ');
  const scope = view.scope() ?? `${view.referralIdColumn} ne null`;
  const main = `opportunities${queryText({
    $select: 'opportunityid',
    $filter: `${scope} and (${changed})`,
    $expand: stampsOf(steps),
  })}`;
  return [main, ...paths];
}

/** Expands each relationship to its stamp, so that one change can be told from the next. */
function stampsOf(steps: readonly (readonly string[])[]): string {
  const firsts = [...new Set(steps.map(([first = '']) => first))];
  return firsts
    .map((first) => {
      const seconds = steps.flatMap(([step, second]) =>
        step === first && second !== undefined ? [second] : [],
      );
      const below = seconds.map((second) => `${second}($select=modifiedon)`).join(',');
      return `${first}($select=modifiedon${below === '' ? '' : `;$expand=${below}`})`;
    })
    .join(',');
}

/**
 * The opportunities around which something is new.
 * @param rows by position of `followedPaths`
 * @param seen marks of what earlier walks met
 */
export function changedRelated(
  view: View,
  rows: readonly (readonly Row[])[],
  seen: ReadonlySet<string>,
): { readonly ids: readonly OpportunityId[]; readonly seen: readonly string[] } {
  const ids = new Set<OpportunityId>();
  const marks: string[] = [];
  const meet = (id: OpportunityId | null, row: Row): void => {
    if (id === null) return;
    const mark = createHash('sha256').update(JSON.stringify(row)).digest('base64url').slice(0, 16);
    marks.push(mark);
    if (!seen.has(mark)) ids.add(id);
  };
  const queries = relatedQueries(view);
  const [main = [], ...rest] = followedSteps(view).length === 0 ? [[], ...rows] : rows;
  for (const row of main) meet(opportunityIdOf(row), row);
  rest.forEach((found, index) => {
    const query = queries[index];
    if (query !== undefined) for (const row of found) meet(parentOf(query, row), row);
  });
  return { ids: [...ids], seen: marks };
}
