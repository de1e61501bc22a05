/** How the configuration says that an app signs in to Microsoft without a person. */
import { z } from 'zod';
import { section } from './issues.ts';
import { baseUrl, clientId, optionalSecret, path, tenantId } from './scalars.ts';

const LOGIN = 'https://login.microsoftonline.com';

/** The sign-in service; the tenant is added to it. */
export const authority = baseUrl({
  pattern: /^https:\/\/login\.[^/]+\/[^/]/,
  text: 'must not name the tenant; it is added from tenantId',
});
/** The same, Microsoft's public one unless given. */
export const publicAuthority = authority.default(LOGIN);

export const certificateFile = path
  .optional()
  .describe('Certificate and private key in PEM form, relative to this file; instead of clientSecret.');

const managedIdentity = section({
  flow: z.literal('managedIdentity').describe('The identity that Azure gives to this machine.'),
  clientId: clientId.optional().describe("Which of several; left out, the machine's own."),
});

const tokenFile = path
  .optional()
  .describe('The file with the token that proves who we are; else AZURE_FEDERATED_TOKEN_FILE names it.');

/** An app of its own for Dynamics 365. */
export const dynamicsAuth = z.discriminatedUnion('flow', [
  section({
    flow: z
      .literal('clientCredentials')
      .optional()
      .transform(() => 'clientCredentials' as const),
    authority: publicAuthority,
    tenantId,
    clientId,
    clientSecret: optionalSecret.describe('Either this, or certificateFile.'),
    certificateFile,
  }),
  section({
    flow: z
      .literal('workloadIdentity')
      .describe('A token that the platform writes to a file, such as Kubernetes does.'),
    authority: publicAuthority,
    tenantId,
    clientId,
    tokenFile,
  }),
  managedIdentity,
]);

/** An identity of Azure's for Graph; ids that are left out are Partner Center's. */
export const graphAuth = z.discriminatedUnion('flow', [
  section({
    flow: z
      .literal('workloadIdentity')
      .describe('A token that the platform writes to a file, such as Kubernetes does.'),
    authority: authority.optional(),
    tenantId: tenantId.optional(),
    clientId,
    tokenFile,
  }),
  managedIdentity,
]);
