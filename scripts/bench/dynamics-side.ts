import {
  createSampleOrg,
  type DataverseOrg,
  flagForSync,
  loadExport,
} from '../../src/sandbox/dataverse/index.ts';
import {
  CO_SELL_EVERY,
  type CrmSide,
  chooseShared,
  MAPPED_PRODUCT,
  SEED,
  UNMAPPED_PRODUCT,
} from './crm-side.ts';

const OPEN = 0;

/** Dynamics 365 in the benchmark. */
export function createDynamicsSide(org: DataverseOrg): CrmSide {
  const seller = org.as(org.adminUserId);
  const generalHelp =
    org.schema
      .get('opportunity')
      .columns.get('msft_howcanmicrosofthelp')
      ?.options.find(({ label }) => label === 'General or Other')?.value ?? null;
  return {
    system: 'dataverse',
    fill(flag, spareCount) {
      const sample = { seed: SEED, opportunities: (flag + spareCount) * 3 + 50 };
      const { opportunities, defects } = createSampleOrg(org, sample);
      const sound = opportunities.filter(
        (id) => !defects.has(id) && org.find('opportunity', id)?.statecode === OPEN,
      );
      const { shared, spare } = chooseShared(sound, flag, spareCount);
      let index = 0;
      for (const id of opportunities) {
        const isShared = shared.has(id);
        const isCoSell = isShared && index % CO_SELL_EVERY === 0;
        if (isShared) index += 1;
        org.patchSilently('opportunity', id, {
          msft_syncwithpartnercenter: isShared,
          msft_howcanmicrosofthelp: isCoSell ? generalHelp : null,
          msft_referralvisibility: isCoSell,
          new_customerconsent: isCoSell,
          new_product: MAPPED_PRODUCT,
        });
      }
      return spare;
    },
    load(exportDir, flag, spareCount) {
      loadExport(org, exportDir);
      const spare = flagForSync(org, { count: flag + spareCount }).slice(flag);
      for (const id of spare) org.patchSilently('opportunity', id, { msft_syncwithpartnercenter: false });
      return spare;
    },
    *open() {
      for (const { id, values } of org.store.rows('opportunity')) {
        const { msft_referralidentifier: referralId, estimatedvalue: amount } = values;
        if (typeof referralId !== 'string' || values.statecode !== OPEN) continue;
        if (typeof amount === 'number' && values.msft_howcanmicrosofthelp === null)
          yield { id, amount, referralId };
      }
    },
    setAmount: (id, amount) => seller.update('opportunity', id, { estimatedvalue: amount }),
    flagUnshareable: (id) =>
      seller.update('opportunity', id, { msft_syncwithpartnercenter: true, new_product: UNMAPPED_PRODUCT }),
  };
}
