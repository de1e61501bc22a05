/**
 * Solutions of new opportunities: rows of a child table, or products. A product is written in by its name, which needs
 * neither a price list nor a unit; the first carries the deal's value, in case the environment adds revenue up.
 */
import { guidOf } from './drafts.ts';
import { type Addition, idAt, type RelatedOptions, rowsBy, type Tally } from './related-tally.ts';
import type { ChildPath } from './shape.ts';

/** The rows to add to opportunities that have none yet. */
export async function solutionRows(
  options: RelatedOptions,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<readonly Addition[]> {
  const { shape } = await options.org.view(signal);
  const products: Tally[] = [];
  const byPath = new Map<string, Tally[]>();
  for (const tally of tallies) {
    const { solutionsTo, solutions } = tally.rows;
    if (solutionsTo === null || solutions.length === 0 || tally.error !== null) continue;
    if (solutionsTo === 'products') products.push(tally);
    else byPath.set(solutionsTo.path, [...(byPath.get(solutionsTo.path) ?? []), tally]);
  }
  const additions = await productRows(options, products, signal);
  for (const [path, group] of byPath) {
    const child = shape.children.find((entry) => entry.path === path);
    if (child !== undefined) additions.push(...(await childRows(options, child, group, signal)));
  }
  return additions;
}

/** The opportunities that have such rows already: a person's, or those of an earlier attempt. */
async function filled(
  options: RelatedOptions,
  { set, key, parent }: Pick<ChildPath, 'set' | 'key' | 'parent'>,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<ReadonlySet<string | null>> {
  const ids = tallies.map(({ rows }) => rows.opportunityId as string);
  const select = `${key},_${parent}_value`;
  const rows = await rowsBy(options, { set, select, column: parent }, ids, signal);
  return new Set(rows.map((row) => idAt(row, `_${parent}_value`)));
}

async function productRows(
  options: RelatedOptions,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<Addition[]> {
  if (tallies.length === 0) return [];
  const there = await filled(
    options,
    { set: 'opportunityproducts', key: 'opportunityproductid', parent: 'opportunityid' },
    tallies,
    signal,
  );
  return tallies
    .filter(({ rows }) => !there.has(rows.opportunityId))
    .flatMap((tally) => {
      const { opportunityId, solutions, amount } = tally.rows;
      return solutions.map(
        ([name = ''], index): Addition => ({
          tally,
          what: `the product ${name}`,
          item: {
            method: 'POST',
            url: `${options.client.root}/opportunityproducts`,
            body: {
              opportunityproductid: guidOf(`product:${opportunityId} ${name}`),
              'opportunityid@odata.bind': `/opportunities(${opportunityId})`,
              isproductoverridden: true,
              productdescription: name,
              quantity: 1,
              priceperunit: index === 0 ? Number(amount ?? 0) : 0,
            },
          },
        }),
      );
    });
}

async function childRows(
  options: RelatedOptions,
  child: ChildPath,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<Addition[]> {
  const { set, key, parent, column, navigation = parent } = child;
  const there = await filled(options, child, tallies, signal);
  return tallies
    .filter(({ rows }) => !there.has(rows.opportunityId))
    .flatMap((tally) => {
      const { opportunityId, solutions } = tally.rows;
      return solutions.map(
        ([name = '']): Addition => ({
          tally,
          what: `the solution ${name}`,
          item: {
            method: 'POST',
            url: `${options.client.root}/${set}`,
            body: {
              [key]: guidOf(`${set}:${opportunityId} ${name}`),
              [`${navigation}@odata.bind`]: `/opportunities(${opportunityId})`,
              [column]: name,
            },
          },
        }),
      );
    });
}
