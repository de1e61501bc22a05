import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import { createWorkplace, type Workplace } from './command-line.ts';

function orgOf({ sandbox }: Workplace): DataverseOrg {
  if (sandbox.dynamics === null) throw new TypeError('The workplace has no Dynamics 365.');
  return sandbox.dynamics;
}

describe('setup for Dynamics 365', { timeout: 120_000 }, () => {
  it('adds what is missing, with the key that keeps a deal to one opportunity', async () => {
    const place = await createWorkplace({
      crms: ['dynamics'],
      connection: { 'setup.publisherPrefix': 'new', 'setup.solutionName': 'CosellSync' },
    });
    try {
      orgOf(place).removeColumn('opportunity', 'new_lossreason');

      const refused = await place.cli('sync');
      const shown = await place.cli('setup');
      const applied = await place.cli('setup', '--apply');
      const doctor = await place.cli('doctor');
      const synced = await place.cli('sync');

      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('new_lossreason');
      expect(shown.code).toBe(3);
      expect(shown.stdout).toContain('1 column missing. Create them: cosell-sync setup --apply');
      expect(applied.stdout).toContain('1 column created.');
      expect(applied.code).toBe(0);
      expect(doctor.stdout).toContain('msft_referralidentifier is an alternate key');
      expect([0, 3]).toContain(synced.code);
    } finally {
      await place.close();
    }
  });

  it('makes an environment ready that has nothing yet, under the partner’s own prefix', async () => {
    const place = await createWorkplace({
      crms: ['dynamics'],
      opportunities: 0,
      connection: { 'setup.publisherPrefix': 'cosell', 'setup.solutionName': 'CosellSync' },
    });
    try {
      const org = orgOf(place);
      for (const { name, isCustom } of [...org.schema.get('opportunity').columns.values()])
        if (isCustom) org.removeColumn('opportunity', name);
      org.setChangeTracking('opportunity', false);
      org.switches.keyIndexSeconds = 0;
      const shipped = new URL('../../config/mapping.dynamics.yaml', import.meta.url);
      const file = join(place.folder, 'mapping.yaml');
      await writeFile(file, (await readFile(shipped, 'utf8')).replaceAll('msft_', 'cosell_'));
      const config = (await readFile(place.configFile, 'utf8')).replace(
        /mapping: .*mapping\.sandbox-dynamics\.yaml/,
        `mapping: ${file}`,
      );
      await writeFile(place.configFile, config);

      const applied = await place.cli('setup', '--apply');
      const doctor = await place.json('doctor');
      const account = org.load('account', {
        name: 'Fabrikam',
        address1_country: 'Germany',
        address1_city: 'Essen',
      });
      const owner = org.load('systemuser', {
        firstname: 'Kim',
        lastname: 'Seller',
        internalemailaddress: 'kim@partner.example',
        address1_telephone1: '+1 415 555 0123',
      });
      const opportunity = org.as(org.adminUserId).create('opportunity', {
        name: 'First deal',
        customerid: { table: 'account', id: account },
        ownerid: { table: 'systemuser', id: owner },
        estimatedvalue: 5_000,
        estimatedclosedate: new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10),
        cosell_syncwithpartnercenter: true,
      });
      org.as(org.adminUserId).create('cosell_microsoftsolutions', {
        cosell_solutionidentifier: 'SOL-10001-AAA',
        cosell_opportunityid: { table: 'opportunity', id: opportunity },
      });
      const synced = await place.cli('sync');

      expect(applied.stdout).toMatch(/\d+ columns created\./);
      expect(applied.code).toBe(0);
      expect(doctor.document).toMatchObject({ problems: 0 });
      expect(synced.stdout).toContain('Both sides agree');
      const [referral] = place.sandbox.partnerCenter.referrals();
      expect(referral).toMatchObject({
        externalReferenceId: opportunity,
        details: { requirements: { solutions: [{ id: 'SOL-10001-AAA' }] } },
      });
      expect(org.find('opportunity', opportunity)?.cosell_referralidentifier).toBe(referral?.id);
      const solution = org.list('solution').find(({ uniquename }) => uniquename === 'CosellSync');
      expect(
        org
          .list('solutioncomponent')
          .filter(
            ({ solutionid }) => typeof solutionid === 'object' && solutionid?.id === solution?.solutionid,
          ).length,
      ).toBeGreaterThan(8);
    } finally {
      await place.close();
    }
  });

  it('names the columns of Microsoft’s connector where the mapping has others', async () => {
    const place = await createWorkplace({ crms: ['dynamics'] });
    try {
      const shipped = new URL('../../config/mapping.sandbox-dynamics.yaml', import.meta.url);
      const text = (await readFile(shipped, 'utf8')).replaceAll('msft_audit', 'contoso_audit');
      const file = join(place.folder, 'mapping.yaml');
      await writeFile(file, text);
      const config = (await readFile(place.configFile, 'utf8')).replace(
        /mapping: .*mapping\.sandbox-dynamics\.yaml/,
        `mapping: ${file}`,
      );
      await writeFile(place.configFile, config);

      const { code, stdout } = await place.cli('setup');

      expect(code).toBe(3);
      expect(stdout).toContain('should be: audit: msft_audit');
    } finally {
      await place.close();
    }
  });
});
