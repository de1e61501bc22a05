/** Whose request it is: the token's app or person, as a user of the organization. */
import type { SandboxRequest } from '../kernel/server.ts';
import { DataverseError } from './dataverse-error.ts';
import type { DataverseOrg } from './org.ts';
import type { Actor } from './parts.ts';
import { textOf } from './values.ts';

/** What a sign-in service says about a bearer token; null when it is not (or no longer) good. */
export interface VerifiedToken {
  readonly audience: string;
  readonly applicationId: string;
  /** Directory id of the signed-in person; null for an app on its own. */
  readonly userId: string | null;
}
export type VerifyToken = (token: string) => VerifiedToken | null;

function unauthorized(baseUrl: string, code = '', message = ''): DataverseError {
  const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, resource_id=${baseUrl}/`;
  return new DataverseError(401, code, message, { headers: { 'WWW-Authenticate': challenge } });
}

function userWhere(org: DataverseOrg, column: string, value: string): string {
  const row = [...org.store.rows('systemuser')].find(
    ({ values }) => textOf(values, column)?.toLowerCase() === value.toLowerCase(),
  );
  if (row === undefined) {
    throw new DataverseError(403, '0x80072560', 'The user is not a member of the organization.');
  }
  if (row.values.isdisabled === true) {
    throw new DataverseError(
      403,
      '0x80040225',
      'The specified user is either disabled or is not a member of any business unit.',
    );
  }
  return row.id;
}

const isSameOrigin = (left: string, right: string): boolean =>
  left.replace(/\/+$/, '').toLowerCase() === right.replace(/\/+$/, '').toLowerCase();

/** @throws DataverseError 401 without a good token for this host, 403 when nobody here goes with it */
export function signIn(
  org: DataverseOrg,
  verifyToken: VerifyToken,
  { headers, baseUrl }: SandboxRequest,
  audiences: readonly string[],
): Actor {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw unauthorized(baseUrl);
  const verified = verifyToken(token);
  if (verified === null) {
    throw unauthorized(baseUrl, '0x8005f101', 'The requested resource requires authentication.');
  }
  if (!audiences.some((audience) => isSameOrigin(audience, verified.audience))) throw unauthorized(baseUrl);
  const userId =
    verified.userId === null
      ? userWhere(org, 'applicationid', verified.applicationId)
      : userWhere(org, 'azureactivedirectoryobjectid', verified.userId);
  const { callerobjectid: objectId, mscrmcallerid: callerId } = headers;
  if (objectId !== undefined) {
    const impersonated = userWhere(org, 'azureactivedirectoryobjectid', objectId);
    return { userId: impersonated, origin: 'api', onBehalfOf: userId };
  }
  if (callerId !== undefined) {
    return { userId: userWhere(org, 'systemuserid', callerId), origin: 'api', onBehalfOf: userId };
  }
  return { userId, origin: 'api' };
}
