/**
 * Where a machine in Azure asks for the token of its own identity: the metadata service of virtual machines, and the
 * endpoint that App Service and Container Apps put beside an app.
 */
import type { SandboxClock } from '../kernel/clock.ts';
import type { SandboxRequest, SandboxResponse } from '../kernel/server.ts';
import type { EntraDirectory } from './directory.ts';

const METADATA_PATH = '/metadata/identity/oauth2/token';
const APP_SERVICE_PATH = '/msi/token';
/** What App Service puts into `IDENTITY_HEADER`. */
export const IDENTITY_HEADER = 'sandbox-identity-header';

interface Refusal {
  readonly status: number;
  readonly json: object;
}

const badMetadata = (description: string): Refusal => ({
  status: 400,
  json: { error: 'invalid_request', error_description: description },
});
const badApp = (status: number, message: string): Refusal => ({
  status,
  json: { statusCode: status, message },
});

/** Answers a request for the machine's token; null when it is for somebody else. */
export function answerIdentity(
  request: SandboxRequest,
  directory: EntraDirectory,
  clock: SandboxClock,
): SandboxResponse | null {
  if (request.method !== 'GET') return null;
  // Where the address comes from the environment, Microsoft's library ends it with a slash.
  const path = request.path.replace(/\/$/, '');
  if (path === METADATA_PATH) return metadata(request, directory, clock);
  return path === APP_SERVICE_PATH ? appService(request, directory, clock) : null;
}

function tokenOf(
  { query }: SandboxRequest,
  { identities, issueAccessToken, switches }: EntraDirectory,
  clock: SandboxClock,
): Readonly<Record<string, string>> | null {
  const wanted = query.get('client_id')?.toLowerCase() ?? null;
  const identity = identities.find(({ clientId, isOwn }) =>
    wanted === null ? isOwn : clientId.toLowerCase() === wanted,
  );
  const resource = query.get('resource') ?? '';
  if (identity === undefined) return null;
  const seconds = switches.accessTokenSeconds;
  return {
    access_token: issueAccessToken(resource.replace(/\/$/, ''), identity.clientId, null),
    client_id: identity.clientId,
    expires_in: String(seconds),
    expires_on: String(Math.floor(clock.now().getTime() / 1000) + seconds),
    resource,
    token_type: 'Bearer',
  };
}

function metadata(request: SandboxRequest, directory: EntraDirectory, clock: SandboxClock): SandboxResponse {
  const { headers, query } = request;
  if (headers.metadata?.toLowerCase() !== 'true')
    return badMetadata('Required metadata header not specified');
  if (headers['x-forwarded-for'] !== undefined)
    return badMetadata('Requests with an X-Forwarded-For header are refused');
  if (!query.has('api-version')) return badMetadata('Required query variable api-version is missing');
  if (!query.has('resource')) return badMetadata('Required query variable resource is missing');
  const token = tokenOf(request, directory, clock);
  if (token === null) return badMetadata('Identity not found');
  const now = String(Math.floor(clock.now().getTime() / 1000));
  return { status: 200, json: { ...token, ext_expires_in: token.expires_in, not_before: now } };
}

/** Says when a token ends, but not for how long it is good. */
function appService(
  request: SandboxRequest,
  directory: EntraDirectory,
  clock: SandboxClock,
): SandboxResponse {
  const { headers, query } = request;
  if (headers['x-identity-header'] !== IDENTITY_HEADER)
    return badApp(401, 'The value of X-IDENTITY-HEADER is not the expected one.');
  if (!query.has('api-version')) return badApp(400, 'The api-version is missing.');
  if (!query.has('resource')) return badApp(400, 'The resource is missing.');
  const token = tokenOf(request, directory, clock);
  if (token === null)
    return badApp(400, 'No User Assigned or Delegated Managed Identity found for specified ClientId.');
  const { expires_in: _notSaid, ...said } = token;
  return { status: 200, json: said };
}
