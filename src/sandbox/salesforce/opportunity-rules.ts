/** What the org itself does to an opportunity that is saved. */
import type { OrgParts } from './parts.ts';
import type { ErrorItem } from './salesforce-error.ts';
import { forecastCategory } from './stages.ts';
import { type FieldValue, type MutableValues, numberOf, textOf, type Values } from './values.ts';

/** The stage's row, by the name that opportunities hold. */
export function findStage({ store }: OrgParts, name: string | null): Values | null {
  if (name === null) return null;
  for (const { values } of store.table('OpportunityStage').rows()) {
    if (textOf(values, 'ApiName')?.toLowerCase() === name.toLowerCase()) return values;
  }
  return null;
}

/** Columns of the line items that are not deleted. */
export function lineItems({ store }: OrgParts, opportunityId: string): Values[] {
  const found: Values[] = [];
  const table = store.table('OpportunityLineItem');
  for (const id of new Set(table.idsWith('OpportunityId', opportunityId))) {
    const values = table.get(id)?.values;
    if (values?.OpportunityId === opportunityId && values.IsDeleted !== true) found.push(values);
  }
  return found;
}

/**
 * Completes an opportunity before it is stored: `written` are the columns that the caller gave, `values` the whole
 * row, which is changed in place.
 */
export function completeOpportunity(
  parts: OrgParts,
  values: MutableValues,
  written: Values,
  before: Values | null,
  stamp: string,
): ErrorItem[] {
  const problems: ErrorItem[] = [];
  const stage = findStage(parts, textOf(values, 'StageName'));
  const isMoved = before === null || before.StageName !== values.StageName;
  if (isMoved && stage === null && parts.switches.stagesRestricted) {
    const message = `Stage: bad value for restricted picklist field: ${String(values.StageName)}`;
    problems.push({ code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, fields: ['StageName'] });
  }
  if (isMoved) {
    values.IsClosed = stage?.IsClosed === true;
    values.IsWon = stage?.IsWon === true;
    if (!('Probability' in written))
      values.Probability = stage?.DefaultProbability ?? values.Probability ?? null;
    if (!('ForecastCategoryName' in written)) {
      values.ForecastCategoryName = stage?.ForecastCategoryName ?? values.ForecastCategoryName ?? 'Pipeline';
    }
    if (before !== null) values.LastStageChangeDate = stamp;
  }
  values.ForecastCategory = forecastCategory(textOf(values, 'ForecastCategoryName') ?? 'Pipeline');
  if (parts.switches.multiCurrency) problems.push(...completeCurrency(parts, values));
  if (before !== null) problems.push(...keepWhatProductsDecide(parts, values, before));
  countPush(values, before);
  deriveOpportunity(values);
  return problems;
}

/** Columns that follow from others. */
export function deriveOpportunity(values: MutableValues): void {
  const amount = numberOf(values, 'Amount');
  const probability = numberOf(values, 'Probability');
  values.ExpectedRevenue = amount === null ? null : Math.round(amount * (probability ?? 0)) / 100;
  const closeDate = textOf(values, 'CloseDate');
  if (closeDate === null) return;
  const year = Number(closeDate.slice(0, 4));
  const quarter = Math.ceil(Number(closeDate.slice(5, 7)) / 3);
  values.FiscalYear = year;
  values.FiscalQuarter = quarter;
  values.Fiscal = `${year} ${quarter}`;
}

function completeCurrency({ store }: OrgParts, values: MutableValues): ErrorItem[] {
  let corporate: FieldValue = 'USD';
  const active = new Set<FieldValue>();
  for (const { values: currency } of store.table('CurrencyType').rows()) {
    if (currency.IsActive === true) active.add(currency.IsoCode ?? null);
    if (currency.IsCorporate === true) corporate = currency.IsoCode ?? corporate;
  }
  values.CurrencyIsoCode ??= corporate;
  if (active.has(values.CurrencyIsoCode)) return [];
  const message = `Opportunity Currency: bad value for restricted picklist field: ${String(values.CurrencyIsoCode)}`;
  return [{ code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, fields: ['CurrencyIsoCode'] }];
}

/** With products, the amount is their sum: another amount is ignored without a word, and the price book is fixed. */
function keepWhatProductsDecide(parts: OrgParts, values: MutableValues, before: Values): ErrorItem[] {
  if (before.HasOpportunityLineItem !== true) return [];
  values.Amount = before.Amount ?? null;
  if (values.Pricebook2Id === before.Pricebook2Id) return [];
  if (lineItems(parts, textOf(before, 'Id') ?? '').length === 0) return [];
  const message =
    'field integrity exception: Pricebook2Id (pricebook cannot be changed while products exist)';
  return [{ code: 'FIELD_INTEGRITY_EXCEPTION', message, fields: ['Pricebook2Id'] }];
}

/** Counts how often the close date moved into a later month. */
function countPush(values: MutableValues, before: Values | null): void {
  const month = textOf(values, 'CloseDate')?.slice(0, 7) ?? '';
  const monthBefore = before === null ? '' : (textOf(before, 'CloseDate')?.slice(0, 7) ?? '');
  const pushes = numberOf(before ?? {}, 'PushCount') ?? 0;
  values.PushCount = before !== null && month > monthBefore ? pushes + 1 : pushes;
}
