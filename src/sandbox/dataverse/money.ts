/** Money: rounding to the currency's precision, exchange rates, and the base currency's columns. */
import type { OrgParts } from './parts.ts';
import type { Table } from './table.ts';
import { type MutableValues, numberOf, referenceOf, roundTo, textOf, type Values } from './values.ts';

const DEFAULT_PRECISION = 2;

export interface Currency {
  readonly id: string;
  readonly isoCode: string;
  readonly symbol: string;
  readonly precision: number;
  /** How much of this currency one unit of the base currency buys. */
  readonly rate: number;
}

/** The currency of a row; the organization's base currency where the row has none. */
export function currencyOf({ store, ids }: OrgParts, values: Values): Currency {
  const id = referenceOf(values, 'transactioncurrencyid')?.id ?? ids.baseCurrency;
  const row = store.get('transactioncurrency', id)?.values ?? {};
  return {
    id,
    isoCode: textOf(row, 'isocurrencycode') ?? 'USD',
    symbol: textOf(row, 'currencysymbol') ?? '$',
    precision: numberOf(row, 'currencyprecision') ?? DEFAULT_PRECISION,
    rate: numberOf(row, 'exchangerate') ?? 1,
  };
}

export const hasMoney = (table: Table): boolean =>
  table.columns.has('exchangerate') && table.columns.get('transactioncurrencyid')?.type === 'Lookup';

/** Rounds what was written, copies the exchange rate, and fills the base columns. */
export function settleMoney(
  parts: OrgParts,
  table: Table,
  values: MutableValues,
  changed: ReadonlySet<string>,
): void {
  if (!hasMoney(table)) return;
  const amounts = [...table.columns.values()].filter(
    ({ type, baseOf }) => type === 'Money' && baseOf === null,
  );
  const isTouched = changed.has('transactioncurrencyid') || amounts.some(({ name }) => changed.has(name));
  if (!isTouched) return;
  const { precision, rate } = currencyOf(parts, values);
  values.exchangerate = rate;
  for (const { name } of amounts) {
    const amount = numberOf(values, name);
    if (amount !== null) values[name] = roundTo(amount, precision);
    if (table.columns.has(`${name}_base`)) {
      values[`${name}_base`] = amount === null ? null : roundTo(roundTo(amount, precision) / rate, 4);
    }
  }
}
