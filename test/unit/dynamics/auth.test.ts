import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamicsTokens } from '../../../src/adapters/dynamics/index.ts';
import { createHttpClient, systemClock } from '../../../src/adapters/http/index.ts';
import type { DynamicsConfig } from '../../../src/core/config-types.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { type FakeEntra, startFakeEntra } from '../entra/fake-entra.ts';
import { selfSignedPem } from '../entra/self-signed.ts';
import { call } from './support.ts';

let entra: FakeEntra;
let folder: string;

beforeEach(async () => {
  entra = await startFakeEntra();
  folder = mkdtempSync(join(tmpdir(), 'dynamics-auth-'));
});
afterEach(async () => {
  await entra.close();
  rmSync(folder, { recursive: true });
});

type Secret = Partial<Extract<DynamicsConfig['auth'], { readonly flow: 'clientCredentials' }>>;

function tokensFor(auth: Secret) {
  const config: DynamicsConfig = {
    kind: 'dynamics',
    url: 'https://contoso.crm.example/main.aspx',
    apiVersion: '9.2',
    auth: {
      flow: 'clientCredentials',
      authority: entra.authority,
      tenantId: 'tenant',
      clientId: 'app',
      clientSecret: null,
      certificateFile: null,
      ...auth,
    },
  };
  return createDynamicsTokens(
    config,
    (baseUrl) => createHttpClient({ baseUrl, system: 'entra' }),
    systemClock,
  );
}

describe('signing in', () => {
  it('asks for the environment’s own scope, once for many calls', async () => {
    const tokens = tokensFor({ clientSecret: 'secret' });

    await tokens.getToken(call());
    await tokens.getToken(call());

    expect(
      entra.requests.map(({ form }) => [form.get('scope')?.split(' ')[0], form.get('client_secret')]),
    ).toEqual([['https://contoso.crm.example/.default', 'secret']]);
  });

  it('proves itself by a certificate where a file is given', async () => {
    const certificateFile = join(folder, 'app.pem');
    writeFileSync(certificateFile, selfSignedPem());
    const tokens = tokensFor({ certificateFile, clientSecret: 'not used' });

    await tokens.getToken(call());

    const [request] = entra.requests;
    expect(request?.form.get('client_secret')).toBeNull();
    expect(request?.form.get('client_assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('says which file it cannot read', async () => {
    const tokens = tokensFor({ certificateFile: join(folder, 'missing.pem') });

    await expect(async () => tokens.getToken(call())).rejects.toThrow(RemoteError);
    await expect(async () => tokens.getToken(call())).rejects.toThrow(
      /missing\.pem cannot be read \(ENOENT\)\. Correct crm\.auth\.certificateFile/,
    );
  });
});
