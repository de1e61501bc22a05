import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPartnerTokens, proofOf } from '../../../src/adapters/entra/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { APP, type SandboxEntra, startSandboxEntra, TENANT } from './sandbox-entra.ts';
import { selfSignedPem } from './self-signed.ts';

const signal = new AbortController().signal;
const USER = {
  id: '44444444-4444-4444-8444-444444444444',
  userName: 'sync@partner.example',
  displayName: 'S',
};
let entra: SandboxEntra;

beforeEach(async () => {
  entra = await startSandboxEntra();
});
afterEach(() => entra.close());

function tokensWith(certificate: string, allowsPublicFlows: boolean) {
  writeFileSync(entra.file('app.pem'), certificate);
  entra.directory.addUser(USER);
  entra.directory.addApplication({
    clientId: APP,
    secret: null,
    allowsPublicFlows,
    certificates: [certificate],
  });
  const stored = new Map<string, string>();
  return createPartnerTokens({
    authority: entra.url,
    tenantId: TENANT,
    clientId: APP,
    clientSecret: null,
    proof: proofOf({ clientSecret: null, certificateFile: entra.file('app.pem') }, 'partnerCenter'),
    configuredRefreshToken: null,
    credentials: {
      load: async (key) => stored.get(key) ?? null,
      save: async (key, value) => void stored.set(key, value),
      remove: async (key) => void stored.delete(key),
    },
    connection: 'contoso',
    http: createHttpClient({ baseUrl: entra.url, system: 'entra', attempts: 1 }),
  });
}

it.each([
  ['a confidential app', false],
  ['an app that also signs people in without proof', true],
])(
  'a person signs in to %s that has a certificate, and its tokens are renewed with it',
  async (_, isPublic) => {
    const tokens = tokensWith(selfSignedPem(), isPublic);
    entra.directory.change({ deviceCodeIntervalSeconds: 0 });

    await tokens.deviceCodeLogin({ onPrompt: () => {}, signal });
    const token = await tokens.getToken('referrals', { signal });

    expect(entra.directory.verify(token)).toMatchObject({
      aud: 'https://api.partner.microsoft.com',
      oid: USER.id,
    });
  },
);
