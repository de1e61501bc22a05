import { describe, expect, it } from 'vitest';
import type { Config, ConnectionConfig } from '../../../src/core/config-types.ts';
import {
  DATAVERSE_PATH,
  findListener,
  PARTNER_CENTER_PATH,
  partnerListeners,
} from '../../../src/core/webhook-listeners.ts';

const PUBLIC = 'https://sync.contoso.com';

/** As much of a connection as says who listens. */
function connection(
  name: string,
  events: readonly string[] | null,
  account: { readonly webhookBaseUrl?: string; readonly tenantId?: string } = {},
): ConnectionConfig {
  const partnerCenter =
    events === null ? null : { register: true, events, certificateHosts: [], trustFile: null };
  return {
    name,
    partnerCenter: { webhookBaseUrl: 'https://api.example', tenantId: 'tenant-1', ...account },
    webhooks: { partnerCenter, dynamics: null },
  } as ConnectionConfig;
}
const listening = (connections: readonly ConnectionConfig[], publicUrl: string | undefined = PUBLIC) =>
  partnerListeners({ server: { publicUrl }, connections } as Config);

describe('a partner account', () => {
  it('is listened to at the address of its connection, for the events that are configured', () => {
    const contoso = connection('contoso', ['referral-created', 'test-created']);

    expect(listening([contoso])).toEqual([
      {
        name: 'contoso',
        connection: contoso,
        settings: contoso.webhooks?.partnerCenter,
        connections: ['contoso'],
        wanted: {
          url: `${PUBLIC}/webhooks/partner-center/contoso`,
          events: ['referral-created', 'test-created'],
        },
      },
    ]);
  });

  it('that several connections share is listened to once, at the first one’s address, for what all want', () => {
    const first = connection('contoso', ['a', 'b'], { tenantId: 'Tenant-1' });
    const second = connection('fabrikam', ['b', 'c'], { webhookBaseUrl: 'https://API.example' });
    const third = connection('northwind', ['d']);

    expect(listening([first, second, third])).toEqual([
      {
        name: 'contoso',
        connection: first,
        settings: first.webhooks?.partnerCenter,
        connections: ['contoso', 'fabrikam', 'northwind'],
        wanted: { url: `${PUBLIC}/webhooks/partner-center/contoso`, events: ['a', 'b', 'c', 'd'] },
      },
    ]);
  });

  it('of another tenant, or at another service, is listened to at an address of its own', () => {
    const names = listening([
      connection('contoso', ['a']),
      connection('fabrikam', ['a'], { tenantId: 'tenant-2' }),
      connection('china', ['a'], { webhookBaseUrl: 'https://api.example.cn' }),
    ]).map(({ name, connections }) => [name, connections]);

    expect(names).toEqual([
      ['contoso', ['contoso']],
      ['fabrikam', ['fabrikam']],
      ['china', ['china']],
    ]);
  });

  it('is not listened to where nobody asks for it, nor where the internet does not reach the server', () => {
    const silent = { name: 'silent', partnerCenter: {} } as ConnectionConfig;

    expect(listening([connection('contoso', null), silent])).toEqual([]);
    expect(
      partnerListeners({ server: {}, connections: [connection('contoso', ['a'])] } as unknown as Config),
    ).toEqual([]);
  });
});

describe('the listener of an address', () => {
  it('is told by the path, which others have registered with Microsoft', () => {
    expect([PARTNER_CENTER_PATH, DATAVERSE_PATH]).toEqual([
      '/webhooks/partner-center',
      '/webhooks/dataverse',
    ]);
  });

  const [contoso, fabrikam] = listening([
    connection('contoso', ['a']),
    connection('shared', ['a']),
    connection('fabrikam', ['a'], { tenantId: 'tenant-2' }),
  ]);
  const both = [contoso, fabrikam].filter((one) => one !== undefined);

  it('is the one that has a connection of that name', () => {
    expect(findListener(both, 'contoso')).toBe(contoso);
    expect(findListener(both, 'shared')).toBe(contoso);
    expect(findListener(both, 'fabrikam')).toBe(fabrikam);
    expect(findListener(both, 'gone')).toBeNull();
  });

  it('without a name is the only one there is', () => {
    expect(findListener(both, null)).toBeNull();
    expect(findListener(both.slice(1), null)).toBe(fabrikam);
    expect(findListener([], null)).toBeNull();
  });
});
