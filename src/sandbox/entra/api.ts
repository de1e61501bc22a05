/** The sign-in service over HTTP: OpenID documents, the v2 and v1 token endpoints, device codes. */
import { randomUUID } from 'node:crypto';
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse, StandIn } from '../kernel/server.ts';
import type { ClientProof, DirectoryUser, EntraDirectory } from './directory.ts';
import { answerIdentity } from './identity-api.ts';
import { SignInError } from './sign-in-error.ts';

const OIDC_SCOPES = new Set(['openid', 'profile', 'offline_access', 'email']);
/** Well-known resources by their application id. */
const RESOURCE_BY_APP: Readonly<Record<string, string>> = {
  '4990cffe-04e8-4e8b-808a-1175604b879f': 'https://api.partner.microsoft.com',
  'fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd': 'https://api.partnercenter.microsoft.com',
};
const DEFAULT_RESOURCE = 'https://graph.microsoft.com';

export interface EntraApiOptions {
  readonly clock: SandboxClock;
  readonly directory: EntraDirectory;
}

function badRequest(message: string, code: number, error = 'invalid_request'): SignInError {
  return new SignInError(message, { status: 400, error, code });
}

function scopesOf(form: URLSearchParams): readonly string[] {
  return (form.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
}

/** The resource a token is for: the scope without its last segment. Several resources at once are refused. */
function audienceOf(scopes: readonly string[]): string {
  const resources = new Set(
    scopes
      .filter((scope) => !OIDC_SCOPES.has(scope))
      .map((scope) => {
        const cut = scope.lastIndexOf('/');
        const resource =
          cut > 'https://'.length || /^[0-9a-f-]{36}\//i.test(scope) ? scope.slice(0, cut) : '';
        return RESOURCE_BY_APP[resource.toLowerCase()] ?? (resource === '' ? DEFAULT_RESOURCE : resource);
      }),
  );
  const [audience = DEFAULT_RESOURCE, ...others] = resources;
  if (others.length > 0)
    throw badRequest('The scopes belong to more than one resource.', 28_000, 'invalid_scope');
  return audience;
}

/** The tenant's token endpoint, which names itself https. */
function audiencesOf({ baseUrl, path }: SandboxRequest): readonly string[] {
  return [`${baseUrl}${path.replace(/\/devicecode$/, '/token')}`.replace(/^http:/, 'https:')];
}

function proofOf(request: SandboxRequest, form: URLSearchParams): ClientProof {
  const basic = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [basicId, basicSecret] =
    basic === undefined
      ? []
      : Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent);
  const clientId = form.get('client_id') ?? basicId ?? null;
  if (clientId === null || clientId === '')
    throw badRequest("The request body must contain the parameter 'client_id'.", 900_144);
  return {
    clientId,
    secret: form.get('client_secret') ?? basicSecret ?? null,
    assertion: form.get('client_assertion'),
    audiences: audiencesOf(request),
  };
}

/** The stand-in for `https://login.microsoftonline.com`. It speaks http, but names itself https as the real one. */
export function createEntraStandIn({ clock, directory }: EntraApiOptions): StandIn {
  const { tenantId, switches } = directory;

  /** Clients require https in these documents; whoever talks to a sandbox maps it back. */
  const originOf = (request: SandboxRequest): string => request.baseUrl.replace(/^http:/, 'https:');

  function openIdConfiguration(request: SandboxRequest, tenant: string): SandboxResponse {
    const origin = originOf(request);
    const v2 = `${origin}/${tenant}/oauth2/v2.0`;
    return {
      status: 200,
      json: {
        token_endpoint: `${v2}/token`,
        token_endpoint_auth_methods_supported: [
          'client_secret_post',
          'private_key_jwt',
          'client_secret_basic',
        ],
        jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
        response_modes_supported: ['query', 'fragment', 'form_post'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
        response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
        scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        issuer: `${origin}/${tenantId}/v2.0`,
        request_uri_parameter_supported: false,
        userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
        authorization_endpoint: `${v2}/authorize`,
        device_authorization_endpoint: `${v2}/devicecode`,
        http_logout_supported: true,
        frontchannel_logout_supported: true,
        end_session_endpoint: `${v2}/logout`,
        claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'oid', 'preferred_username', 'name'],
        tenant_region_scope: 'EU',
        cloud_instance_name: 'microsoftonline.com',
      },
    };
  }

  function instanceDiscovery(request: SandboxRequest): SandboxResponse {
    const { host } = new URL(request.baseUrl);
    return {
      status: 200,
      json: {
        tenant_discovery_endpoint: `${originOf(request)}/${tenantId}/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      },
    };
  }

  interface Grant {
    readonly user: DirectoryUser | null;
    readonly refreshToken: string | null;
    readonly scopes: readonly string[];
  }

  function redeem(form: URLSearchParams, proof: ClientProof): Grant {
    const scopes = scopesOf(form);
    const type = form.get('grant_type');
    switch (type) {
      case 'refresh_token':
        return { ...directory.redeem(form.get('refresh_token') ?? '', proof), scopes };
      case 'client_credentials':
        directory.checkClient(proof, false);
        if (!form.has('resource') && !scopes.every((scope) => scope.endsWith('/.default')))
          throw badRequest('The scope of client credentials ends in /.default.', 1_002_012, 'invalid_scope');
        return { user: null, refreshToken: null, scopes };
      case 'device_code':
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return directory.redeemDeviceCode(form.get('device_code') ?? form.get('code') ?? '', proof);
      case 'password':
        directory.checkClient(proof, true);
        throw new SignInError('You must use multi-factor authentication to access the resource.', {
          status: 400,
          error: 'interaction_required',
          code: 50_076,
          suberror: 'basic_action',
        });
      default:
        throw badRequest('The grant type is not supported.', 70_003, 'unsupported_grant_type');
    }
  }

  function idToken(proof: ClientProof, user: DirectoryUser, origin: string): string {
    const iat = Math.floor(clock.now().getTime() / 1000);
    return directory.sign({
      aud: proof.clientId,
      iss: `${origin}/${tenantId}/v2.0`,
      iat,
      nbf: iat,
      exp: iat + switches.accessTokenSeconds,
      name: user.displayName,
      oid: user.id,
      preferred_username: user.userName,
      sub: user.id,
      tid: tenantId,
      ver: '2.0',
    });
  }

  function clientInfo(user: DirectoryUser): string {
    return Buffer.from(JSON.stringify({ uid: user.id, utid: tenantId })).toString('base64url');
  }

  function v2Token(request: SandboxRequest, form: URLSearchParams): SandboxResponse {
    const proof = proofOf(request, form);
    const { user, refreshToken, scopes } = redeem(form, proof);
    const audience = audienceOf(scopes);
    const granted = scopes.filter((scope) => !OIDC_SCOPES.has(scope));
    const userParts =
      user === null
        ? {}
        : {
            scope: [...granted, `${audience}/user_impersonation`, 'openid', 'profile', 'offline_access'].join(
              ' ',
            ),
            refresh_token: refreshToken,
            ...(scopes.includes('openid') ? { id_token: idToken(proof, user, originOf(request)) } : {}),
            ...(form.get('client_info') === '1' ? { client_info: clientInfo(user) } : {}),
          };
    return {
      status: 200,
      json: {
        token_type: 'Bearer',
        expires_in: switches.accessTokenSeconds,
        ext_expires_in: switches.accessTokenSeconds,
        access_token: directory.issueAccessToken(audience, proof.clientId, user),
        ...userParts,
      },
    };
  }

  /** The older endpoint: one `resource`, numbers as text. */
  function v1Token(request: SandboxRequest, form: URLSearchParams): SandboxResponse {
    const proof = proofOf(request, form);
    const resource = form.get('resource');
    if (resource === null)
      throw badRequest("The request body must contain the parameter 'resource'.", 900_144);
    const { user, refreshToken } = redeem(form, proof);
    const nowSeconds = Math.floor(clock.now().getTime() / 1000);
    const life = switches.accessTokenSeconds;
    return {
      status: 200,
      json: {
        token_type: 'Bearer',
        ...(user === null ? {} : { scope: 'user_impersonation' }),
        expires_in: String(life),
        ext_expires_in: String(life),
        expires_on: String(nowSeconds + life),
        not_before: String(nowSeconds),
        resource,
        access_token: directory.issueAccessToken(resource, proof.clientId, user),
        ...(user === null
          ? {}
          : { refresh_token: refreshToken, id_token: idToken(proof, user, originOf(request)) }),
      },
    };
  }

  function deviceCode(request: SandboxRequest, form: URLSearchParams): SandboxResponse {
    const proof = proofOf(request, form);
    const { clientId } = proof;
    directory.checkClient(proof, true);
    const started = directory.startDeviceCode(clientId, scopesOf(form));
    const uri = `${request.baseUrl}/device`;
    return {
      status: 200,
      json: {
        user_code: started.userCode,
        device_code: started.deviceCode,
        verification_uri: uri,
        expires_in: switches.deviceCodeSeconds,
        interval: switches.deviceCodeIntervalSeconds,
        message: `To sign in, use a web browser to open the page ${uri} and enter the code ${started.userCode} to authenticate.`,
      },
    };
  }

  function checkTenant(tenant: string): void {
    if ([tenantId, 'common', 'organizations'].includes(tenant.toLowerCase())) return;
    throw badRequest(`Tenant '${tenant}' not found.`, 90_002);
  }

  function route(request: SandboxRequest): SandboxResponse {
    const identity = answerIdentity(request, directory, clock);
    if (identity !== null) return identity;
    const [, tenant = '', ...rest] = request.path.split('/');
    const path = rest.join('/');
    if (request.method === 'GET' && tenant === 'common' && path === 'discovery/instance')
      return instanceDiscovery(request);
    if (request.method === 'GET' && tenant === 'device')
      return { status: 200, text: 'Nothing to type here: the sandbox answers device codes by itself.' };
    checkTenant(tenant);
    const form = new URLSearchParams(request.body);
    switch (`${request.method} ${path}`) {
      case 'GET v2.0/.well-known/openid-configuration':
        return openIdConfiguration(request, tenant);
      case 'GET discovery/v2.0/keys':
        return { status: 200, json: { keys: [] } };
      case 'POST oauth2/v2.0/token':
        return v2Token(request, form);
      case 'POST oauth2/token':
        return v1Token(request, form);
      case 'POST oauth2/v2.0/devicecode':
        return deviceCode(request, form);
      default:
        return { status: 404, text: '' };
    }
  }

  return {
    system: 'entra',
    jsonContentType: 'application/json; charset=utf-8',
    isWrite: (request) => request.method === 'POST',
    isData: () => false,
    handle(request) {
      const traceId = randomUUID();
      const headers = { 'Cache-Control': 'no-store', 'x-ms-request-id': traceId };
      try {
        const response = route(request);
        return { ...response, headers };
      } catch (error) {
        if (!(error instanceof SignInError)) throw error;
        const correlationId = request.headers['client-request-id'] ?? traceId;
        return { status: error.details.status, headers, json: error.toJson(clock, traceId, correlationId) };
      }
    },
  };
}
