/** Defaults and checks that belong to one object, run before its rows are stored. */
import { completeOpportunity } from './opportunity-rules.ts';
import type { OrgParts } from './parts.ts';
import type { ErrorItem } from './salesforce-error.ts';
import { type MutableValues, numberOf, textOf, type Values } from './values.ts';

export interface Completing {
  /** The columns that the caller gave. */
  readonly written: Values;
  /** The whole row as it will be stored; changed in place. */
  readonly values: MutableValues;
  /** Null for a new row. */
  readonly before: Values | null;
  readonly stamp: string;
}

/** Fills in what the org derives, and says what cannot be saved. */
export function completeRow(parts: OrgParts, object: string, saving: Completing): ErrorItem[] {
  const { values, written, before, stamp } = saving;
  switch (object) {
    case 'Opportunity':
      return completeOpportunity(parts, values, written, before, stamp);
    case 'OpportunityLineItem':
      return completeLineItem(parts, values, written);
    case 'PricebookEntry':
      return nameAfterProduct(parts, values);
    case 'OpportunityTeamMember': {
      const user = parts.store.read('User', textOf(values, 'UserId') ?? '');
      values.Name = user?.Name ?? null;
      values.Title = user?.Title ?? null;
      values.OpportunityAccessLevel ??= 'Read';
      return [];
    }
    case 'Contact':
      namePerson(values);
      return [];
    case 'User':
      namePerson(values);
      values.Username ??= values.Email ?? null;
      values.Alias ??= (textOf(values, 'LastName') ?? 'user').slice(0, 8).toLowerCase();
      return [];
    case 'Account':
      if (textOf(values, 'LastName') !== null && parts.switches.personAccounts) {
        values.IsPersonAccount = true;
        namePerson(values);
      }
      return [];
    case 'FieldPermissions':
      if (values.PermissionsEdit === true) values.PermissionsRead = true;
      return checkFieldPermission(parts, values);
    default:
      return [];
  }
}

function namePerson(values: MutableValues): void {
  const names = [textOf(values, 'FirstName'), textOf(values, 'LastName')];
  values.Name = names.filter((name) => name !== null).join(' ');
}

function nameAfterProduct({ store }: OrgParts, values: MutableValues): ErrorItem[] {
  const product = store.read('Product2', textOf(values, 'Product2Id') ?? '');
  values.Name = product?.Name ?? null;
  values.ProductCode = product?.ProductCode ?? null;
  return [];
}

/** Takes the product from the price book entry, and the unit price or the total, not both. */
function completeLineItem({ store }: OrgParts, values: MutableValues, written: Values): ErrorItem[] {
  let entry = store.read('PricebookEntry', textOf(values, 'PricebookEntryId') ?? '');
  if (entry === null && textOf(values, 'Product2Id') !== null) {
    for (const { values: candidate } of store.table('PricebookEntry').rows()) {
      if (candidate.Product2Id === values.Product2Id && candidate.IsActive === true) entry ??= candidate;
    }
  }
  if (entry === null) {
    const message = 'Required fields are missing: [PricebookEntryId]';
    return [{ code: 'REQUIRED_FIELD_MISSING', message, fields: ['PricebookEntryId'] }];
  }
  values.PricebookEntryId = entry.Id ?? null;
  values.Product2Id = entry.Product2Id ?? null;
  values.ListPrice = entry.UnitPrice ?? null;
  values.ProductCode = entry.ProductCode ?? null;
  const opportunity = store.read('Opportunity', textOf(values, 'OpportunityId') ?? '');
  const productName = entry.Name ?? '';
  values.Name = `${String(opportunity?.Name ?? '')} ${String(productName)}`.trim();
  const quantity = numberOf(values, 'Quantity');
  const hasBoth = typeof written.UnitPrice === 'number' && typeof written.TotalPrice === 'number';
  if (hasBoth) {
    const message = 'specify either total price or sales price, not both';
    return [{ code: 'FIELD_INTEGRITY_EXCEPTION', message, fields: ['TotalPrice'] }];
  }
  if (quantity === null) return [];
  if (typeof written.TotalPrice === 'number') values.UnitPrice = round2(written.TotalPrice / quantity);
  else {
    values.UnitPrice ??= entry.UnitPrice ?? 0;
    values.TotalPrice = round2((numberOf(values, 'UnitPrice') ?? 0) * quantity);
  }
  return [];
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function checkFieldPermission({ schema }: OrgParts, values: MutableValues): ErrorItem[] {
  const [objectName = '', fieldName = ''] = (textOf(values, 'Field') ?? '').split('.');
  const object = schema.find(objectName);
  const field = object === undefined ? undefined : schema.field(object, fieldName);
  if (field?.permissionable) return [];
  const message = `Field Name: bad value for restricted picklist field: ${String(values.Field)}`;
  return [{ code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, fields: ['Field'] }];
}
