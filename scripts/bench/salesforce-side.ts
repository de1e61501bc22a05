import {
  createSampleOrg,
  flagForSync,
  loadExport,
  type SalesforceOrg,
} from '../../src/sandbox/salesforce/index.ts';
import {
  CO_SELL_EVERY,
  type CrmSide,
  chooseShared,
  MAPPED_PRODUCT,
  SEED,
  UNMAPPED_PRODUCT,
} from './crm-side.ts';

/** Salesforce in the benchmark. */
export function createSalesforceSide(org: SalesforceOrg): CrmSide {
  const seller = org.as(org.adminUserId);
  return {
    system: 'salesforce',
    fill(flag, spareCount) {
      // Some two thirds of a sample are open, and most of those lack nothing.
      const sample = { seed: SEED, opportunities: (flag + spareCount) * 3 + 50 };
      const { opportunities, defects } = createSampleOrg(org, sample);
      const sound = opportunities.filter(
        (id) => !defects.has(id) && org.find('Opportunity', id)?.IsClosed !== true,
      );
      const { shared, spare } = chooseShared(sound, flag, spareCount);
      let index = 0;
      for (const id of opportunities) {
        const isShared = shared.has(id);
        const isCoSell = isShared && index % CO_SELL_EVERY === 0;
        if (isShared) index += 1;
        org.patchSilently('Opportunity', id, {
          Sync_with_Partner_Center__c: isShared,
          How_can_Microsoft_help__c: isCoSell ? 'General or Other' : null,
          Visible_to_Microsoft__c: isCoSell,
          Customer_Consent__c: isCoSell,
          Product__c: MAPPED_PRODUCT,
        });
      }
      return spare;
    },
    load(exportDir, flag, spareCount) {
      loadExport(org, exportDir);
      const spare = flagForSync(org, { count: flag + spareCount }).slice(flag);
      for (const id of spare) org.patchSilently('Opportunity', id, { Sync_with_Partner_Center__c: false });
      return spare;
    },
    *open() {
      for (const { id, values } of org.store.table('Opportunity').rows()) {
        const { Referral_Identifier__c: referralId, Amount: amount } = values;
        if (typeof referralId !== 'string' || values.IsClosed === true) continue;
        if (typeof amount === 'number' && values.How_can_Microsoft_help__c === null)
          yield { id, amount, referralId };
      }
    },
    setAmount: (id, amount) => seller.update('Opportunity', id, { Amount: amount }),
    flagUnshareable: (id) =>
      seller.update('Opportunity', id, {
        Sync_with_Partner_Center__c: true,
        Product__c: UNMAPPED_PRODUCT,
      }),
  };
}
