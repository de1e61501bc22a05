/** Columns that an org may lack without being wrongly set up. */
import type { NeededColumn } from './needed-columns.ts';

const OPTIONAL: ReadonlySet<string> = new Set([
  'CurrencyIsoCode',
  'Account.DunsNumber',
  'Account.NumberOfEmployees',
  'LastStageChangeDate',
]);

/** Columns that the CRM brings only with certain features (several currencies, Data.com): the mapping does without. */
export function isOptional({ path, isCustom }: NeededColumn): boolean {
  return !isCustom && OPTIONAL.has(path);
}
