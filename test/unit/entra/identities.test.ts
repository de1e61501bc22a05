import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppSignIn } from '../../../src/core/config-types.ts';
import { RemoteError } from '../../../src/core/errors.ts';
import { APP, RESOURCE, type SandboxEntra, startSandboxEntra, TENANT } from './sandbox-entra.ts';
import { selfSignedPem } from './self-signed.ts';

const signal = new AbortController().signal;
const ISSUER = 'https://oidc.cluster.example/';
const SUBJECT = 'system:serviceaccount:cosell:sync';
const AUDIENCE = 'api://AzureADTokenExchange';
let entra: SandboxEntra;

beforeEach(async () => {
  entra = await startSandboxEntra();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await entra.close();
});

async function refusal(promise: Promise<unknown>): Promise<RemoteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

describe('an app with a certificate', () => {
  const signIn = (certificateFile: string): AppSignIn => ({
    flow: 'clientCredentials',
    authority: entra.url,
    tenantId: TENANT,
    clientId: APP,
    clientSecret: null,
    certificateFile,
  });
  const trust = (...certificates: string[]) =>
    entra.directory.addApplication({ clientId: APP, secret: null, allowsPublicFlows: false, certificates });

  it('is let in, and renews with the file that lies there then', async () => {
    const [first, second] = [selfSignedPem(), selfSignedPem()];
    writeFileSync(entra.file('app.pem'), first);
    trust(first);
    const tokens = entra.tokens(signIn(entra.file('app.pem')));

    const token = await tokens.getToken({ signal });
    writeFileSync(entra.file('app.pem'), second);
    trust(second);
    const renewed = await tokens.getToken({ signal, forceRefresh: true });

    expect(entra.read(token)).toEqual({ for: RESOURCE, app: APP, type: 'app' });
    expect(entra.read(renewed)).toEqual({ for: RESOURCE, app: APP, type: 'app' });
  });

  it('is refused with another certificate than its own, with the remedy', async () => {
    trust(selfSignedPem());
    writeFileSync(entra.file('app.pem'), selfSignedPem());

    const error = await refusal(entra.tokens(signIn(entra.file('app.pem'))).getToken({ signal }));

    expect(error).toMatchObject({ code: 'unauthorized', remoteCode: 'AADSTS700027' });
    expect(error.message).toContain('upload its public part to the app registration');
  });

  const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
  it.each([
    ['no key', (pem: string) => pem.slice(pem.indexOf(CERTIFICATE)), /holds no private key/],
    ['no certificate', (pem: string) => pem.slice(0, pem.indexOf(CERTIFICATE)), /holds no certificate/],
    [
      'the key of another',
      (pem: string) => `${selfSignedPem().split(CERTIFICATE)[0]}${pem.slice(pem.indexOf(CERTIFICATE))}`,
      /belongs to another certificate/,
    ],
  ])('is told what its file lacks: %s', async (_, spoil, problem) => {
    writeFileSync(entra.file('app.pem'), spoil(selfSignedPem()));

    const error = await refusal(entra.tokens(signIn(entra.file('app.pem'))).getToken({ signal }));

    expect(error.code).toBe('configuration');
    expect(error.message).toMatch(problem);
    expect(error.message).not.toContain('MII');
  });
});

describe('a workload that the platform vouches for', () => {
  const signIn = (): AppSignIn => ({
    flow: 'workloadIdentity',
    authority: entra.url,
    tenantId: TENANT,
    clientId: APP,
    tokenFile: entra.file('token'),
  });
  const issue = (claims: object = {}) =>
    writeFileSync(
      entra.file('token'),
      `${entra.directory.issueForeignToken({
        iss: ISSUER,
        sub: SUBJECT,
        aud: AUDIENCE,
        exp: Math.floor(Date.now() / 1000) + 3600,
        ...claims,
      })}\n`,
    );
  beforeEach(() => {
    entra.directory.addApplication({
      clientId: APP,
      secret: null,
      allowsPublicFlows: false,
      federated: [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }],
    });
  });

  it('is let in, each time with the token that lies in the file then', async () => {
    issue();
    const tokens = entra.tokens(signIn());

    const token = await tokens.getToken({ signal });
    issue({ exp: 1 });
    const error = await refusal(tokens.getToken({ signal, forceRefresh: true }));
    issue({ jti: 'next' });
    const renewed = await tokens.getToken({ signal, forceRefresh: true });

    expect(entra.read(token)).toEqual({ for: RESOURCE, app: APP, type: 'app' });
    expect(error).toMatchObject({ remoteCode: 'AADSTS700024', code: 'unauthorized' });
    expect(entra.read(renewed)).not.toBeNull();
  });

  it.each([
    ['issuer', { iss: 'https://other.example/' }, 'AADSTS700211'],
    ['subject', { sub: 'system:serviceaccount:cosell:other' }, 'AADSTS700213'],
    ['audience', { aud: 'api://other' }, 'AADSTS700212'],
  ])('is refused for a token of another %s, and told what to correct', async (_, claims, remoteCode) => {
    issue(claims);

    const error = await refusal(entra.tokens(signIn()).getToken({ signal }));

    expect(error.remoteCode).toBe(remoteCode);
    expect(error.message).toMatch(/federated credential/);
  });

  it('is told which file is missing or empty', async () => {
    const tokens = entra.tokens(signIn());

    const missing = await refusal(tokens.getToken({ signal }));
    writeFileSync(entra.file('token'), ' \n');
    const empty = await refusal(tokens.getToken({ signal }));

    expect(missing.message).toMatch(/token cannot be read \(ENOENT\)\. Correct crm\.auth\.tokenFile/);
    expect(empty.message).toMatch(/is empty/);
  });
});

describe('a machine with an identity of its own', () => {
  const OTHER = '99999999-9999-4999-8999-999999999999';
  beforeEach(() => vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', entra.url));
  const identity = (clientId: string | null) => entra.tokens({ flow: 'managedIdentity', clientId });

  // One test, for the library keeps the address that it found first for the life of the process.
  it('gets its tokens from the metadata service, or one of the identities that it was given, and is told when there is none', async () => {
    const none = await refusal(identity(null).getToken({ signal }));
    entra.directory.addIdentity({ clientId: APP, isOwn: true });
    entra.directory.addIdentity({ clientId: OTHER, isOwn: false });
    const [own, other] = [identity(null), identity(OTHER)];

    const [mine, given] = await Promise.all([own.getToken({ signal }), other.getToken({ signal })]);
    const again = await own.getToken({ signal });
    const renewed = await own.getToken({ signal, forceRefresh: true, rejectedToken: mine });
    const unknown = await refusal(identity('nobody').getToken({ signal }));

    expect(none).toMatchObject({ code: 'configuration', remoteCode: 'invalid_request' });
    expect(none.message).toContain('Give this machine a managed identity, or correct clientId');
    expect(entra.read(mine)).toEqual({ for: RESOURCE, app: APP, type: 'app' });
    expect(entra.read(given)).toEqual({ for: RESOURCE, app: OTHER, type: 'app' });
    expect(again).toBe(mine);
    expect(renewed).not.toBe(mine);
    expect(unknown.message).toContain('Sign in to Dataverse was refused');
    // A refusal, one token for each identity, one renewal, a refusal: nothing is asked twice.
    expect(entra.journal.entries).toHaveLength(5);

    await entra.close();
    const gone = await refusal(own.getToken({ signal, forceRefresh: true }));
    expect(gone.code).toBe('unavailable');
    expect(gone.message).toMatch(/outside of Azure use a secret, a certificate or workloadIdentity/);
    entra = await startSandboxEntra();
  });
});
