/**
 * A directory tenant: its applications, its users, and the tokens they hold. Refresh tokens rotate: each redemption
 * gives a new one, and the old one stays good unless the switches say otherwise.
 */
import { randomBytes } from 'node:crypto';
import type { SandboxClock } from '../kernel/clock.ts';
import { checkAssertion, type FederatedCredential } from './assertions.ts';
import { invalidClient, invalidGrant, SignInError } from './sign-in-error.ts';
import { defaultEntraSwitches, type EntraSwitches, type EntraSwitchesPatch } from './switches.ts';
import { type Claims, createMint } from './tokens.ts';

export interface DirectoryUser {
  /** Object id, lower-case GUID. */
  readonly id: string;
  readonly userName: string;
  readonly displayName: string;
}

export interface Application {
  readonly clientId: string;
  readonly secret: string | null;
  /** May sign people in by device code without proving itself. */
  readonly allowsPublicFlows: boolean;
  /** Certificates it may prove itself with, PEM. */
  readonly certificates?: readonly string[];
  /** Other issuers whose tokens prove it. */
  readonly federated?: readonly FederatedCredential[];
}

/** An identity of the machine that the sandbox runs on. */
export interface ManagedIdentity {
  readonly clientId: string;
  /** Whether it is meant when none is named. */
  readonly isOwn: boolean;
}

/** A refresh token. */
interface Grant {
  readonly token: string;
  readonly userId: string;
  readonly clientId: string;
  readonly issuedAtMs: number;
  /** The one it was redeemed from. */
  readonly parent: Grant | null;
  /** Never too old; the first token of a configuration. */
  readonly ageless: boolean;
  /** Got without a client secret, and redeemable without one. */
  readonly isPublic: boolean;
  usedAtMs: number;
  state: 'good' | 'revoked' | 'superseded';
}

interface DeviceRequest {
  readonly clientId: string;
  readonly userCode: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
}

export interface Redeemed {
  readonly user: DirectoryUser;
  readonly refreshToken: string;
}

export interface ClientProof {
  readonly clientId: string;
  readonly secret: string | null;
  readonly assertion: string | null;
  /** The addresses of the token endpoint that was asked. */
  readonly audiences: readonly string[];
}

export interface EntraDirectory {
  readonly tenantId: string;
  readonly switches: EntraSwitches;
  readonly users: readonly DirectoryUser[];
  readonly identities: readonly ManagedIdentity[];
  addIdentity(identity: ManagedIdentity): void;
  /** A token of another issuer, as a platform writes it into a workload's token file. */
  issueForeignToken(claims: Readonly<Record<string, unknown>>): string;
  addUser(user: DirectoryUser): void;
  addApplication(application: Application): void;
  change(patch: EntraSwitchesPatch): void;
  /** Issues a refresh token outside any flow, as a sign-in elsewhere would have. */
  issueRefreshToken(userId: string, clientId: string): string;
  /** @throws SignInError when the application is unknown or its proof is wrong. */
  checkClient(proof: ClientProof, mayBePublic: boolean): void;
  /** @throws SignInError when the token is unknown, too old, revoked, another application's, or more is asked of the user. */
  redeem(refreshToken: string, proof: ClientProof): Redeemed;
  startDeviceCode(clientId: string, scopes: readonly string[]): { deviceCode: string; userCode: string };
  /** @throws SignInError while the person has not answered, or when the answer is no. */
  redeemDeviceCode(deviceCode: string, proof: ClientProof): Redeemed & { readonly scopes: readonly string[] };
  issueAccessToken(audience: string, clientId: string, user: DirectoryUser | null): string;
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** The claims of an access token that is good now; null otherwise. */
  verify(accessToken: string): Claims | null;
}

export interface DirectoryOptions {
  readonly clock: SandboxClock;
  readonly tenantId: string;
  readonly applications: readonly Application[];
  readonly users: readonly DirectoryUser[];
  /** A refresh token that exists from the start. */
  readonly firstRefreshToken?: { readonly token: string; readonly userId: string; readonly clientId: string };
}

const DAY_MS = 86_400_000;
const MFA_CLAIMS = '{"access_token":{"capolids":{"essential":true,"values":["sandbox-policy"]}}}';

/** A directory with these applications and users. */
export function createDirectory(options: DirectoryOptions): EntraDirectory {
  const { clock, tenantId } = options;
  const switches = defaultEntraSwitches();
  const mint = createMint();
  const applications = new Map(
    options.applications.map((application) => [application.clientId, application]),
  );
  const foreign = createMint();
  const identities: ManagedIdentity[] = [];
  const users = new Map(options.users.map((user) => [user.id, user]));
  const grants = new Map<string, Grant>();
  const devices = new Map<string, DeviceRequest>();
  let issued = 0;
  /** Access tokens up to this number have been called back. */
  let expiredUpTo = 0;
  const nowMs = (): number => clock.now().getTime();

  function issueGrant(details: Pick<Grant, 'userId' | 'clientId' | 'parent' | 'isPublic'>): Grant {
    const token = `1.${randomBytes(48).toString('base64url')}`;
    const at = nowMs();
    const grant: Grant = { ...details, token, issuedAtMs: at, usedAtMs: at, ageless: false, state: 'good' };
    grants.set(token, grant);
    return grant;
  }

  const first = options.firstRefreshToken;
  if (first !== undefined) {
    const at = nowMs();
    grants.set(first.token, {
      ...first,
      issuedAtMs: at,
      usedAtMs: at,
      parent: null,
      ageless: true,
      isPublic: false,
      state: 'good',
    });
  }

  function checkClient(proof: ClientProof, mayBePublic: boolean): void {
    const application = applications.get(proof.clientId.toLowerCase());
    if (application === undefined)
      throw new SignInError(
        `Application with identifier '${proof.clientId}' was not found in the directory.`,
        {
          status: 400,
          error: 'unauthorized_client',
          code: 700_016,
        },
      );
    if (proof.assertion !== null) {
      const { certificates = [], federated = [] } = application;
      const context = { ...proof, nowMs: nowMs(), isForeign: foreign.isOurs };
      checkAssertion(proof.assertion, { certificates, federated }, context);
      return;
    }
    if (proof.secret === null) {
      const isPublic = application.secret === null && (application.certificates ?? []).length === 0;
      if (mayBePublic && (application.allowsPublicFlows || isPublic)) return;
      throw invalidClient("The request body must contain 'client_assertion' or 'client_secret'.", 7_000_218);
    }
    if (proof.secret !== application.secret)
      throw invalidClient('Invalid client secret provided.', 7_000_215);
  }

  function userOf(id: string): DirectoryUser {
    const user = users.get(id);
    if (user === undefined) throw invalidGrant('The user account does not exist in the directory.', 50_034);
    return user;
  }

  function supersede(grant: Grant): void {
    if (!switches.rotateStrictly) return;
    for (let older = grant.parent; older !== null; older = older.parent) older.state = 'superseded';
  }

  return {
    tenantId,
    switches,
    get users() {
      return [...users.values()];
    },
    identities,
    addIdentity: (identity) => void identities.push(identity),
    issueForeignToken: foreign.sign,
    addUser: (user) => void users.set(user.id, user),
    addApplication: (application) => void applications.set(application.clientId.toLowerCase(), application),
    change(patch) {
      const { revoke, expireAccessTokens, ...rest } = patch;
      Object.assign(switches, rest);
      if (expireAccessTokens === true) expiredUpTo = issued;
      if (revoke === undefined) return;
      for (const grant of grants.values())
        if (grant.state !== 'superseded') grant.state = revoke ? 'revoked' : 'good';
    },
    issueRefreshToken: (userId, clientId) =>
      issueGrant({ userId: userOf(userId).id, clientId, parent: null, isPublic: false }).token,
    checkClient,
    redeem(refreshToken, proof) {
      const grant = grants.get(refreshToken);
      checkClient(proof, grant?.isPublic === true);
      if (grant === undefined || grant.clientId !== proof.clientId.toLowerCase())
        throw invalidGrant('The refresh token is malformed or invalid.', 9_002_313);
      const tooOld = nowMs() - grant.usedAtMs > switches.refreshTokenDays * DAY_MS;
      if (tooOld && !grant.ageless)
        throw invalidGrant('The refresh token has expired due to inactivity.', 700_082, 'bad_token');
      if (grant.state === 'revoked')
        throw invalidGrant('The provided grant has expired due to it being revoked.', 50_173, 'bad_token');
      if (grant.state === 'superseded')
        throw invalidGrant('The provided grant has been replaced by a newer one.', 70_000, 'bad_token');
      if (switches.mfaRequired)
        throw new SignInError('You must use multi-factor authentication to access the resource.', {
          status: 400,
          error: 'interaction_required',
          code: 50_076,
          suberror: 'basic_action',
          claims: MFA_CLAIMS,
        });
      supersede(grant);
      grant.usedAtMs = nowMs();
      const { userId, clientId, isPublic } = grant;
      const next = issueGrant({ userId, clientId, isPublic, parent: grant });
      return { user: userOf(userId), refreshToken: next.token };
    },
    startDeviceCode(clientId, scopes) {
      const deviceCode = randomBytes(32).toString('base64url');
      const userCode = randomBytes(5).toString('hex').slice(0, 9).toUpperCase();
      const expiresAtMs = nowMs() + switches.deviceCodeSeconds * 1000;
      devices.set(deviceCode, { clientId: clientId.toLowerCase(), userCode, scopes, expiresAtMs });
      return { deviceCode, userCode };
    },
    redeemDeviceCode(deviceCode, proof) {
      checkClient(proof, true);
      const request = devices.get(deviceCode);
      if (request === undefined || request.clientId !== proof.clientId.toLowerCase())
        throw invalidGrant('The device code is not valid.', 70_000);
      const refuse = (message: string, error: string, code: number): SignInError =>
        new SignInError(message, { status: 400, error, code });
      if (request.expiresAtMs <= nowMs())
        throw refuse('The device code has expired.', 'expired_token', 70_020);
      if (switches.deviceCode === 'pending')
        throw refuse('The user has not signed in yet.', 'authorization_pending', 70_016);
      if (switches.deviceCode === 'decline')
        throw refuse('The user declined the sign-in.', 'authorization_declined', 70_018);
      devices.delete(deviceCode);
      const [user] = users.values();
      if (user === undefined) throw invalidGrant('The user account does not exist in the directory.', 50_034);
      const isPublic = proof.secret === null && proof.assertion === null;
      const grant = issueGrant({ userId: user.id, clientId: request.clientId, parent: null, isPublic });
      return { user, refreshToken: grant.token, scopes: request.scopes };
    },
    issueAccessToken(audience, clientId, user) {
      issued += 1;
      const iat = Math.floor(nowMs() / 1000);
      const who =
        user === null
          ? { oid: clientId, sub: clientId, idtyp: 'app' }
          : {
              oid: user.id,
              sub: user.id,
              scp: 'user_impersonation',
              upn: user.userName,
              unique_name: user.userName,
              name: user.displayName,
              amr: ['pwd', 'mfa'],
            };
      return mint.sign({
        aud: audience,
        iss: `https://sts.windows.net/${tenantId}/`,
        iat,
        nbf: iat,
        exp: iat + switches.accessTokenSeconds,
        appid: clientId,
        tid: tenantId,
        jti: String(issued),
        ver: '1.0',
        ...who,
      });
    },
    sign: mint.sign,
    verify(accessToken) {
      const claims = mint.read(accessToken);
      if (claims === null || claims.exp * 1000 <= nowMs() || Number(claims.jti) <= expiredUpTo) return null;
      return claims;
    },
  };
}
