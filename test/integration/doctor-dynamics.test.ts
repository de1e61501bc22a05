import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { DataverseOrg } from '../../src/sandbox/dataverse/index.ts';
import { createWorkplace, type Workplace } from '../cli/command-line.ts';

const Report = z.object({
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), remedy: z.string().nullable() }),
  ),
});

/** What is wrong with an environment, what `doctor` says of it, and what it says to do. */
interface Ailment {
  readonly name: string;
  /** @returns how to mend it */
  readonly make: (org: DataverseOrg, place: Workplace) => () => void;
  /** Which line of the report. */
  readonly check: string;
  readonly detail: RegExp;
  readonly remedy: RegExp;
}

function switched(change: Partial<DataverseOrg['switches']>): Ailment['make'] {
  return (org) => {
    const before = { ...org.switches };
    Object.assign(org.switches, change);
    return () => void Object.assign(org.switches, before);
  };
}

function applicationUser(values: Parameters<DataverseOrg['patchSilently']>[2]): Ailment['make'] {
  return (org) => {
    const before = org.find('systemuser', org.applicationUserId) ?? {};
    org.patchSilently('systemuser', org.applicationUserId, values);
    return () => org.patchSilently('systemuser', org.applicationUserId, before);
  };
}

const AILMENTS: readonly Ailment[] = [
  {
    name: 'no application user',
    make: applicationUser({ applicationid: null }),
    check: 'sign-in',
    detail: /no application user for this app. Create it in the Power Platform admin center/,
    remedy: /./,
  },
  {
    name: 'a disabled application user',
    make: applicationUser({ isdisabled: true }),
    check: 'sign-in',
    detail: /application user is disabled, .* Enable it/,
    remedy: /./,
  },
  {
    name: 'a secret that was replaced',
    make: (_org, { sandbox }) => {
      const { clientId, clientSecret } = sandbox.credentials.dynamics;
      sandbox.entra.addApplication({ clientId, secret: 'another', allowsPublicFlows: false });
      return () => sandbox.entra.addApplication({ clientId, secret: clientSecret, allowsPublicFlows: false });
    },
    check: 'sign-in',
    detail: /secret|AADSTS7000215/i,
    remedy: /./,
  },
  {
    name: 'a maintenance page',
    make: (_org, { sandbox }) => {
      sandbox.faults.add({ system: 'dataverse', kind: 'status', status: 502, when: 'before', times: 50 });
      return () => sandbox.faults.clear();
    },
    check: 'sign-in',
    detail: /502/,
    remedy: /./,
  },
  {
    name: 'a column that the application user does not see',
    make: switched({ columnsHidden: ['opportunity.new_lossreason'] }),
    check: 'columns',
    detail: /new_lossreason/,
    remedy: /cosell-sync setup/,
  },
  {
    name: 'a table that keeps no versions',
    make: (org) => {
      org.schema.get('opportunity').optimisticConcurrency = false;
      return () => {
        org.schema.get('opportunity').optimisticConcurrency = true;
      };
    },
    check: 'versions and keys',
    detail: /edits could be lost/,
    remedy: /optimistic concurrency/,
  },
  {
    name: 'no key on the referral id',
    make: (org) => {
      const { keys } = org.schema.get('opportunity');
      const before = keys.splice(0);
      return () => void keys.push(...before);
    },
    check: 'versions and keys',
    detail: /no alternate key, so that two opportunities could carry one referral/,
    remedy: /cosell-sync setup/,
  },
  {
    name: 'change tracking switched off',
    make: (org) => {
      org.setChangeTracking('opportunity', false);
      return () => org.setChangeTracking('opportunity', true);
    },
    check: 'change tracking',
    detail: /does not track changes/,
    remedy: /until then changes are polled and deletions found by the daily comparison/,
  },
  {
    name: 'read rights that end at the business unit',
    make: switched({ organizationRead: false }),
    check: 'rights',
    detail: /does not read opportunities of the whole organization/,
    remedy: /organization level/,
  },
  {
    name: 'a role without the right to win and lose',
    make: switched({ privilegesMissing: ['prvCreateActivity', 'prvWriteOpportunity'] }),
    check: 'rights',
    detail: /lacks prvWriteOpportunity, prvCreateActivity$/,
    remedy: /security role/,
  },
];

describe('doctor in a Dynamics 365 environment', { timeout: 120_000 }, () => {
  let place: Workplace;
  let org: DataverseOrg;

  beforeAll(async () => {
    place = await createWorkplace({ crms: ['dynamics'], opportunities: 5 });
    if (place.sandbox.dynamics === null) throw new TypeError('The workplace has no Dynamics 365.');
    org = place.sandbox.dynamics;
    org.addKey('opportunity', 'msft_ReferralIdentifierKey', ['msft_referralidentifier']);
    await place.cli('sync');
  });
  afterAll(() => place.close());

  async function report() {
    const { code, document } = await place.json('doctor');
    return {
      code,
      checks: Report.parse(document).checks.filter(({ name }) => name.startsWith('Dynamics 365')),
    };
  }

  it('finds nothing wrong with one that is ready', async () => {
    const { code, checks } = await report();

    expect(code).toBe(0);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(7);
  });

  it.each(AILMENTS)('tells of $name, and how to mend it', async ({ make, check, detail, remedy }) => {
    const mend = make(org, place);

    const { code, checks } = await report();
    mend();

    const found = checks.find(({ name }) => name === `Dynamics 365 ${check}`);
    expect(found).toMatchObject({ ok: false });
    expect(found?.detail).toMatch(detail);
    expect(found?.remedy).toMatch(remedy);
    expect(code).toBe(check === 'sign-in' ? 4 : 3);
    expect((await report()).code).toBe(0);
  });

  describe('where its events are wanted', () => {
    const webhook = async () => (await report()).checks.find(({ name }) => name === 'Dynamics 365 webhook');
    let before: string;
    let endpoint: string;

    /** Registers a step for a message of a table. */
    function addStep(message: string, table = 'opportunity'): string {
      const sdkmessage = org.list('sdkmessage').find(({ name }) => name === message);
      const filter = org
        .list('sdkmessagefilter')
        .find(({ name, primaryobjecttypecode }) => name === message && primaryobjecttypecode === table);
      return org.load('sdkmessageprocessingstep', {
        name: `${table} ${message}`,
        stage: 40,
        mode: 1,
        eventhandler: { table: 'serviceendpoint', id: endpoint },
        sdkmessageid: { table: 'sdkmessage', id: String(sdkmessage?.sdkmessageid) },
        sdkmessagefilterid: { table: 'sdkmessagefilter', id: String(filter?.sdkmessagefilterid) },
      });
    }

    beforeAll(async () => {
      before = await readFile(place.configFile, 'utf8');
      const config = parseDocument(before);
      config.setIn(['connections', 0, 'webhooks', 'dynamics'], { key: 'a key of sixteen characters' });
      await writeFile(place.configFile, config.toString());
    });
    afterAll(() => writeFile(place.configFile, before));

    it('tells step by step what the webhook lacks', async () => {
      const name = String(parseDocument(before).getIn(['connections', 0, 'name']));
      expect(await webhook()).toMatchObject({
        ok: false,
        detail: `no webhook of the environment leads to /webhooks/dataverse/${name}`,
        remedy: expect.stringContaining('Plug-in Registration Tool'),
      });

      endpoint = org.load('serviceendpoint', {
        name: 'cosell-sync',
        url: `https://sync.contoso.com/webhooks/dataverse/${name}`,
        contract: 8,
        authtype: 4,
      });
      expect(await webhook()).toMatchObject({ ok: false, remedy: expect.stringContaining('HttpHeader') });

      org.patchSilently('serviceendpoint', endpoint, { authtype: 5 });
      for (const message of ['Create', 'Update', 'Delete', 'WinOpportunity']) addStep(message);
      addStep('LoseOpportunity', 'account');
      expect(await webhook()).toMatchObject({
        ok: false,
        detail: 'the webhook has no enabled step on opportunity for Lose',
      });

      const step = addStep('LoseOpportunity');
      expect(await webhook()).toMatchObject({ ok: true, remedy: null });

      org.patchSilently('sdkmessageprocessingstep', step, { statecode: 1, statuscode: 2 });
      expect(await webhook()).toMatchObject({ ok: false });
      org.patchSilently('sdkmessageprocessingstep', step, { statecode: 0, statuscode: 1 });
    });

    it('names the right that is missing to look, which the events themselves do not need', async () => {
      const mend = switched({ privilegesMissing: ['prvReadServiceEndpoint'] })(org, place);

      const found = await webhook();
      mend();

      expect(found).toMatchObject({ ok: true, detail: expect.stringContaining('prvReadServiceEndpoint') });
    });
  });

  it('asks for no right that the policy has no use for', async () => {
    const before = await readFile(place.configFile, 'utf8');
    const config = parseDocument(before);
    config.setIn(['connections', 0, 'policy', 'inbound'], { create: true, accounts: 'match' });
    await writeFile(place.configFile, config.toString());
    const mend = switched({
      privilegesMissing: ['prvCreateAccount', 'prvReadProduct', 'prvDeleteOpportunity'],
    })(org, place);

    const { code } = await report();
    mend();
    await writeFile(place.configFile, before);

    expect(code).toBe(0);
  });
});
