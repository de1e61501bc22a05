/** What single tables do beside storing: names put together, customers mirrored, totals, refusals. */
import { badRequest } from './dataverse-error.ts';
import { currencyOf } from './money.ts';
import type { OrgParts } from './parts.ts';
import { OPEN } from './states.ts';
import type { Row } from './store.ts';
import type { Table } from './table.ts';
import { type MutableValues, numberOf, referenceOf, roundTo, textOf, type Values } from './values.ts';

function joined(parts: readonly (string | null)[], separator: string): string | null {
  const present = parts.filter((part) => part !== null && part !== '');
  return present.length === 0 ? null : present.join(separator);
}

/** Name of a row, as lookups to it show it. */
export function nameOf({ schema, store }: OrgParts, table: string, id: string): string | null {
  const row = store.get(table, id);
  return row === undefined ? null : textOf(row.values, schema.get(table).primaryName);
}

function mirrorCustomer(values: MutableValues, changes: Values): void {
  if ('customerid' in changes) {
    const customer = referenceOf(values, 'customerid');
    if (customer?.table === 'account') values.parentaccountid = customer;
    if (customer?.table === 'contact') values.parentcontactid = customer;
  }
  if (referenceOf(values, 'customerid') === null) {
    values.customerid = referenceOf(values, 'parentaccountid') ?? referenceOf(values, 'parentcontactid');
  }
}

/** Sum of the lines of an opportunity. */
export function lineTotal({ store }: OrgParts, opportunityId: string): number {
  return store
    .referring('opportunityproduct', 'opportunityid', opportunityId)
    .reduce((sum, { values }) => sum + (numberOf(values, 'extendedamount') ?? 0), 0);
}

function settleOpportunity(
  parts: OrgParts,
  values: MutableValues,
  changes: Values,
  before: Row | null,
): void {
  mirrorCustomer(values, changes);
  const lines =
    before === null ? [] : parts.store.referring('opportunityproduct', 'opportunityid', before.id);
  if (before !== null && lines.length > 0) {
    const from = referenceOf(before.values, 'transactioncurrencyid')?.id;
    if (from !== undefined && from !== referenceOf(values, 'transactioncurrencyid')?.id) {
      throw badRequest(
        '0x80048479',
        'The currency cannot be changed because this opportunity has Products Quotes, and/ or Orders associated with it.',
      );
    }
  }
  if (values.isrevenuesystemcalculated === true) {
    // The amount a client sends is not even looked at.
    values.estimatedvalue = before === null ? 0 : lineTotal(parts, before.id);
  }
}

function settleLine(parts: OrgParts, values: MutableValues): void {
  const opportunity = referenceOf(values, 'opportunityid');
  const parent = opportunity === null ? undefined : parts.store.get('opportunity', opportunity.id)?.values;
  if (parent !== undefined) values.transactioncurrencyid = referenceOf(parent, 'transactioncurrencyid');
  const product = referenceOf(values, 'productid');
  const catalogued = product === null ? undefined : parts.store.get('product', product.id)?.values;
  values.priceperunit ??= catalogued === undefined ? 0 : numberOf(catalogued, 'price');
  values.quantity ??= 1;
  const { precision } = currencyOf(parts, values);
  const base = roundTo(
    (numberOf(values, 'priceperunit') ?? 0) * (numberOf(values, 'quantity') ?? 0),
    precision,
  );
  values.baseamount = base;
  values.extendedamount = roundTo(
    base - (numberOf(values, 'manualdiscountamount') ?? 0) + (numberOf(values, 'tax') ?? 0),
    precision,
  );
  values.opportunityproductname =
    textOf(values, 'productdescription') ?? (catalogued === undefined ? null : textOf(catalogued, 'name'));
}

function settleConnection(parts: OrgParts, values: MutableValues, before: Row | null): void {
  const [from, to] = [referenceOf(values, 'record1id'), referenceOf(values, 'record2id')];
  values.name = to === null ? null : nameOf(parts, to.table, to.id);
  if (before !== null || from?.table !== 'opportunity' || to?.table !== 'systemuser') return;
  const role = referenceOf(values, 'record2roleid')?.id;
  for (const { values: other } of parts.store.referring('connection', 'record1id', from.id)) {
    const isSame =
      referenceOf(other, 'record2id')?.id === to.id && referenceOf(other, 'record2roleid')?.id === role;
    if (isSame) {
      throw badRequest('0x80048341', "The user you're trying to add is already a member of the sales team.");
    }
  }
}

/** @throws DataverseError 0x8004022e when closed opportunities are read-only and the write does not reopen it */
function checkClosed({ switches }: OrgParts, table: Table, changes: Values, before: Row | null): void {
  if (table.name !== 'opportunity' || before === null || switches.closedOpportunities === 'editable') return;
  const isClosed = numberOf(before.values, 'statecode') !== OPEN;
  if (isClosed && numberOf(changes, 'statecode') !== OPEN) {
    throw badRequest('0x8004022e', 'The object cannot be updated because it is read-only.');
  }
}

/** Applies a table's own rules to a row that is about to be stored. @throws DataverseError */
export function settleRow(
  parts: OrgParts,
  table: Table,
  values: MutableValues,
  changes: Values,
  before: Row | null,
): void {
  checkClosed(parts, table, changes, before);
  switch (table.name) {
    case 'opportunity':
      settleOpportunity(parts, values, changes, before);
      break;
    case 'opportunityproduct':
      settleLine(parts, values);
      break;
    case 'connection':
      settleConnection(parts, values, before);
      break;
    case 'contact':
    case 'lead':
    case 'systemuser':
      if (table.name !== 'systemuser' || !('fullname' in changes)) {
        values.fullname =
          joined([textOf(values, 'firstname'), textOf(values, 'lastname')], ' ') ??
          (table.name === 'systemuser' ? textOf(values, 'fullname') : null);
      }
      break;
  }
  if (table.columns.has('address1_composite')) {
    const line = (name: string): string | null => textOf(values, `address1_${name}`);
    const place = joined([line('city'), joined([line('stateorprovince'), line('postalcode')], ' ')], ', ');
    values.address1_composite = joined(
      [line('line1'), line('line2'), line('line3'), place, line('country')],
      '\r\n',
    );
  }
}
