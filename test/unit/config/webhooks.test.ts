import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partnerListeners } from '../../../src/core/webhook-listeners.ts';
import { CONFIG, load } from './workspace.ts';

const SERVER = 'server: { publicUrl: "https://Sync.contoso.com/" }\n';

describe('the configuration of webhooks', () => {
  it('has a default for everything but the public address', async () => {
    const config = await load(`${SERVER}${CONFIG}    webhooks: { partnerCenter: {} }\n`);

    expect(config.connections[0]?.webhooks).toEqual({
      partnerCenter: {
        register: true,
        events: [
          'referral-created',
          'referral-updated',
          'related-referral-created',
          'related-referral-updated',
          'test-created',
        ],
        certificateHosts: ['3psostorageacct.blob.core.windows.net'],
        trustFile: null,
      },
      dynamics: null,
    });
    expect(partnerListeners(config).map(({ wanted }) => wanted.url)).toEqual([
      'https://sync.contoso.com/webhooks/partner-center/contoso',
    ]);
  });

  it('is nothing where it is left out: no events, no change events', async () => {
    const config = await load(CONFIG);

    expect(config.connections[0]?.webhooks).toBeUndefined();
    expect(config.connections[0]?.crm).toMatchObject({ changeEvents: false });
    expect(partnerListeners(config)).toEqual([]);
  });

  it('takes hosts in any case and files beside it', async () => {
    const text =
      'webhooks: { partnerCenter: { certificateHosts: ["Certs.example:8443"], trustFile: ./more.pem } }';
    const config = await load(`${SERVER}${CONFIG}    ${text}\n`);

    expect(config.connections[0]?.webhooks?.partnerCenter).toMatchObject({
      certificateHosts: ['certs.example:8443'],
      trustFile: join(dirname(config.file), 'more.pem'),
    });
  });
});
