import type { SalesforceOrg } from '../../../src/sandbox/salesforce/index.ts';
import type { Cells, CrmDesk } from './index.ts';

const quoted = (value: Cells[string]): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);

/** Salesforce: the words are its own. */
export function createSalesforceDesk(org: SalesforceOrg): CrmDesk {
  const admin = org.as(org.adminUserId);
  const as = (userId: string | undefined) => (userId === undefined ? admin : org.as(userId));

  function find(object: string, values: Cells): string[] {
    const conditions = Object.entries(values).map(([name, value]) => `${name} = ${quoted(value)}`);
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    return org.query(`SELECT Id FROM ${object}${where}`).map(({ Id }) => String(Id));
  }

  return {
    kind: 'salesforce',
    adminId: org.adminUserId,
    add(object, values, userId) {
      if ('FirstName' in values && object === 'Account') org.switches.personAccounts = true;
      return as(userId).create(object, { ...values });
    },
    edit: (object, id, values, userId) => as(userId).update(object, id, { ...values }),
    row: (object, id) => org.find(object, id),
    find,
    remove: (object, id) => admin.delete(object, id),
    restore: (object, id) => admin.undelete(object, id),
    leave: (object, id, values) => org.patchSilently(object, id, values),
    mergeAccounts: (survivor, others) => void org.mergeAccounts(survivor, [...others]),
    sell(opportunityId, products) {
      const [book = ''] = find('Pricebook2', { IsStandard: true });
      admin.update('Opportunity', opportunityId, { Pricebook2Id: book });
      for (const name of products) {
        const product =
          find('Product2', { Name: name })[0] ?? admin.create('Product2', { Name: name, IsActive: true });
        const entry =
          find('PricebookEntry', { Product2Id: product })[0] ??
          admin.create('PricebookEntry', {
            Pricebook2Id: book,
            Product2Id: product,
            UnitPrice: 100,
            IsActive: true,
          });
        admin.create('OpportunityLineItem', {
          OpportunityId: opportunityId,
          PricebookEntryId: entry,
          Quantity: 1,
          UnitPrice: 100,
        });
      }
    },
    addCurrency(isoCode) {
      org.switches.multiCurrency = true;
      org.addCurrency(isoCode);
    },
    addColumn: (object, name, type) => void org.addField(object, name, type === 'text' ? 'textarea' : type),
    pathOf: (column) => column,
    writes: () => org.writeLog.length,
  };
}
