/** What a saved or deleted row does to others. */
import { lineItems } from './opportunity-rules.ts';
import type { Actor, OrgParts } from './parts.ts';
import { numberOf, textOf, type Values } from './values.ts';
import { changeRow, storeRow } from './writing.ts';

/** After a create (`before` is null) or an update. */
export function afterSave(
  parts: OrgParts,
  actor: Actor,
  object: string,
  values: Values,
  before: Values | null,
): void {
  const id = textOf(values, 'Id') ?? '';
  if (object === 'Opportunity' && before === null) {
    const contactId = textOf(values, 'ContactId');
    if (contactId !== null) addPrimaryContact(parts, actor, id, contactId);
  }
  if (object === 'OpportunityContactRole' && values.IsPrimary === true) makeOnlyPrimary(parts, actor, values);
  if (object === 'OpportunityLineItem') sumProducts(parts, actor, values);
}

export function afterDelete(parts: OrgParts, actor: Actor, object: string, values: Values): void {
  if (object === 'OpportunityLineItem') sumProducts(parts, actor, values);
}

function addPrimaryContact(parts: OrgParts, actor: Actor, opportunityId: string, contactId: string): void {
  const { store } = parts;
  const stamp = store.stamp();
  const role = {
    Id: store.ids.next('00K'),
    OpportunityId: opportunityId,
    ContactId: contactId,
    Role: null,
    IsPrimary: true,
    CreatedDate: stamp,
    CreatedById: actor.userId,
    LastModifiedDate: stamp,
    LastModifiedById: actor.userId,
    SystemModstamp: stamp,
    IsDeleted: false,
  };
  storeRow(parts, { ...actor, origin: 'system' }, 'OpportunityContactRole', role, null);
}

/** One primary contact: a new one takes the mark from the other, and shows on the opportunity without moving it. */
function makeOnlyPrimary(parts: OrgParts, actor: Actor, role: Values): void {
  const { store } = parts;
  const opportunityId = textOf(role, 'OpportunityId') ?? '';
  const table = store.table('OpportunityContactRole');
  for (const id of [...new Set(table.idsWith('OpportunityId', opportunityId))]) {
    const other = table.get(id)?.values;
    const isRival =
      other?.OpportunityId === opportunityId && other.IsPrimary === true && other.IsDeleted !== true;
    if (isRival && id !== role.Id)
      changeRow(parts, actor, 'OpportunityContactRole', id, { IsPrimary: false });
  }
  const opportunity = store.table('Opportunity').get(opportunityId);
  if (opportunity === undefined) return;
  const values = { ...opportunity.values, ContactId: role.ContactId ?? null };
  store.put('Opportunity', { ...opportunity, values });
}

/** The opportunity's amount is what its products add up to, and it moves whenever they do. */
function sumProducts(parts: OrgParts, actor: Actor, item: Values): void {
  const opportunityId = textOf(item, 'OpportunityId') ?? '';
  const items = lineItems(parts, opportunityId);
  const opportunity = parts.store.table('Opportunity').get(opportunityId)?.values;
  if (opportunity === undefined || opportunity.IsDeleted === true) return;
  if (items.length === 0) {
    changeRow(parts, actor, 'Opportunity', opportunityId, { HasOpportunityLineItem: false });
    return;
  }
  const entry = parts.store.read('PricebookEntry', textOf(item, 'PricebookEntryId') ?? '');
  const total = items.reduce((sum, values) => sum + (numberOf(values, 'TotalPrice') ?? 0), 0);
  const amount = Math.round(total * 100) / 100;
  changeRow(parts, actor, 'Opportunity', opportunityId, {
    HasOpportunityLineItem: true,
    Amount: amount,
    ExpectedRevenue: Math.round(amount * (numberOf(opportunity, 'Probability') ?? 0)) / 100,
    Pricebook2Id: opportunity.Pricebook2Id ?? entry?.Pricebook2Id ?? null,
  });
}
