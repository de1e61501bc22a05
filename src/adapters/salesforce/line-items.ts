/**
 * Line items of new opportunities. An opportunity's amount is what its line items add up to, so the first one carries
 * the deal's whole value and the others none: a seller splits it, and nothing flows back as an edit of the value.
 */
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { CrmValue } from '../../core/ports.ts';
import { findField } from './org.ts';
import { type QueryContext, readIn } from './query.ts';
import { lowerKeys, valueAt } from './records.ts';
import { idOf, note, type RelatedOptions, saveAll, type Tally } from './related-tally.ts';
import type { Row } from './schema.ts';

const PRODUCT_PREFIX = '01t';
const NO_ENTRY = 'no active price book entry';

interface Entry {
  readonly id: string;
  readonly names: readonly string[];
  readonly pricebookId: string;
  readonly isStandard: boolean;
  readonly currency: string | null;
}

interface Line {
  readonly tally: Tally;
  readonly entryId: string;
  readonly price: number;
}

/** Adds line items where solutions go to products and the opportunity has none yet. */
export async function addLineItems(
  options: RelatedOptions,
  tallies: readonly Tally[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = tallies.filter(
    ({ rows, error }) => error === null && rows.solutionsTo === 'products' && rows.solutions.length > 0,
  );
  if (wanted.length === 0) return;
  const context: QueryContext = { client: options.client, operation: 'Find price book entries', signal };
  const hasCurrencies =
    findField(await options.org.describe('Opportunity', signal), 'CurrencyIsoCode') !== null;
  const currency = hasCurrencies ? ', CurrencyIsoCode' : '';
  const ids = wanted.map(({ rows }) => rows.opportunityId as string);
  const opportunities = new Map(
    (
      await readIn(context, { select: `Id, Pricebook2Id${currency}`, from: 'Opportunity', column: 'Id' }, ids)
    ).map((row) => [idOf(row, 'Id'), row] as const),
  );
  const items = await readIn(
    context,
    { select: 'Id, OpportunityId', from: 'OpportunityLineItem', column: 'OpportunityId' },
    ids,
  );
  const filled = new Set(items.map((row) => idOf(row, 'OpportunityId')));
  const entries = await findEntries(context, wanted, currency);
  const lines: Line[] = [];
  for (const tally of wanted) {
    const { opportunityId, amount } = tally.rows;
    const opportunity = opportunities.get(opportunityId);
    if (filled.has(opportunityId) || opportunity === undefined) continue;
    const value = Number(amount ?? Number.NaN);
    if (!(value > 0)) {
      tally.omitted.push('its products, for the deal has no value that they could add up to');
      continue;
    }
    const found = entriesFor(tally, opportunity, entries);
    lines.push(...found.map((entryId, index) => ({ tally, entryId, price: index === 0 ? value : 0 })));
  }
  // The one that carries the value goes first: without it the others would make the amount nothing.
  const carrying = lines.filter(({ price }) => price > 0);
  const carried = await save(options, carrying, signal);
  await save(
    options,
    lines.filter(({ price, tally }) => price === 0 && carried.has(tally)),
    signal,
  );
}

async function findEntries(
  context: QueryContext,
  wanted: readonly Tally[],
  currency: string,
): Promise<readonly Entry[]> {
  const names = [...new Set(wanted.flatMap(({ rows }) => rows.solutions.flat()))];
  const ids = names.filter((name) => isProductId(name));
  const select = `Id, Product2Id, Product2.Name, Pricebook2Id, Pricebook2.IsStandard, IsActive${currency}`;
  const rows = [
    ...(await readIn(context, { select, from: 'PricebookEntry', column: 'Product2.Name' }, names)),
    ...(await readIn(context, { select, from: 'PricebookEntry', column: 'Product2Id' }, ids)),
  ];
  const entries = new Map<string, Entry>();
  for (const row of rows) {
    const [id, pricebookId, productId] = [
      idOf(row, 'Id'),
      idOf(row, 'Pricebook2Id'),
      idOf(row, 'Product2Id'),
    ];
    if (id === null || pricebookId === null || row.IsActive !== true) continue;
    const byName = lowerKeys(row);
    const name = valueAt(byName, 'Product2.Name');
    entries.set(id, {
      id,
      names: [String(name ?? '').toLowerCase(), productId?.toLowerCase() ?? ''],
      pricebookId,
      isStandard: valueAt(byName, 'Pricebook2.IsStandard') === true,
      currency: typeof row.CurrencyIsoCode === 'string' ? row.CurrencyIsoCode : null,
    });
  }
  return [...entries.values()];
}

function isProductId(name: string): boolean {
  return canonicalSalesforceId(name)?.startsWith(PRODUCT_PREFIX) === true;
}

/** The entries of a deal's solutions, each once: of the opportunity's price book, else of the standard one. */
function entriesFor(tally: Tally, opportunity: Row, entries: readonly Entry[]): readonly string[] {
  const pricebookId = idOf(opportunity, 'Pricebook2Id');
  const currency = typeof opportunity.CurrencyIsoCode === 'string' ? opportunity.CurrencyIsoCode : null;
  const usable = entries.filter(
    (entry) =>
      (pricebookId === null ? entry.isStandard : entry.pricebookId === pricebookId) &&
      (currency === null || entry.currency === null || entry.currency === currency),
  );
  const found = new Set<string>();
  for (const names of tally.rows.solutions) {
    const matches = names
      .map((name) => usable.filter((entry) => entry.names.includes(name.toLowerCase())))
      .find((list) => list.length > 0);
    const [only] = matches ?? [];
    if (only === undefined) tally.omitted.push(`the product ${names[0] ?? '?'} (${NO_ENTRY})`);
    else if ((matches?.length ?? 0) > 1)
      tally.omitted.push(
        `the product ${names[0] ?? '?'} (${matches?.length} price book entries have its name)`,
      );
    else found.add(only.id);
  }
  return [...found];
}

/** @returns the deals whose lines are there now */
async function save(
  options: RelatedOptions,
  lines: readonly Line[],
  signal: AbortSignal,
): Promise<ReadonlySet<Tally>> {
  const saved = await saveAll(
    options,
    { object: 'OpportunityLineItem', operation: 'Create line items', signal },
    lines.map(
      ({ tally, entryId, price }): Readonly<Record<string, CrmValue>> => ({
        OpportunityId: tally.rows.opportunityId,
        PricebookEntryId: entryId,
        Quantity: 1,
        UnitPrice: price,
      }),
    ),
  );
  const done = new Set<Tally>();
  lines.forEach(({ tally }, index) => {
    const entry = saved[index];
    if (entry?.ok === true) {
      tally.added += 1;
      done.add(tally);
    } else if (entry !== undefined) note(tally, 'a product', entry.error);
  });
  return done;
}
