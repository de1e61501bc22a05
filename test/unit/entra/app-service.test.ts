import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteError } from '../../../src/core/errors.ts';
import { IDENTITY_HEADER } from '../../../src/sandbox/entra/index.ts';
import { APP, RESOURCE, type SandboxEntra, startSandboxEntra } from './sandbox-entra.ts';

const signal = new AbortController().signal;
let entra: SandboxEntra;

beforeEach(async () => {
  entra = await startSandboxEntra();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await entra.close();
});

it('an app in App Service or Container Apps gets tokens of its identity from the endpoint beside it', async () => {
  vi.stubEnv('IDENTITY_ENDPOINT', `${entra.url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', IDENTITY_HEADER);
  entra.directory.addIdentity({ clientId: APP, isOwn: true });

  const token = await entra.tokens({ flow: 'managedIdentity', clientId: null }).getToken({ signal });
  const unknown = await entra
    .tokens({ flow: 'managedIdentity', clientId: 'nobody' })
    .getToken({ signal })
    .catch((error: unknown) => error);

  expect(entra.read(token)).toEqual({ for: RESOURCE, app: APP, type: 'app' });
  expect(unknown).toBeInstanceOf(RemoteError);
  expect(String(unknown)).toContain('correct clientId');
});
