/** Control routes to the sign-in service. */
import { z } from 'zod';
import type { ControlRoute } from '../control.ts';
import type { EntraDirectory } from './directory.ts';
import { EntraSwitchesPatch } from './switches.ts';

const Issue = z.object({ userId: z.string().optional(), clientId: z.string().optional() }).strict();

const NewApplication = z
  .object({
    clientId: z.string().min(1),
    secret: z.string().nullable().default(null),
    allowsPublicFlows: z.boolean().default(false),
    certificates: z.array(z.string()).default([]),
    federated: z
      .array(z.object({ issuer: z.string(), subject: z.string(), audience: z.string() }).strict())
      .default([]),
  })
  .strict();
const NewIdentity = z.object({ clientId: z.string().min(1), isOwn: z.boolean().default(true) }).strict();

/** Routes under `/entra`. @param defaultClientId the application that a refresh token is for unless one is named */
export function entraRoutes(directory: EntraDirectory, defaultClientId: string): readonly ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/entra/switches',
      does: 'Behaviour of the sign-in service',
      run: () => directory.switches,
    },
    {
      method: 'PATCH',
      path: '/entra/switches',
      does: 'Changes some switches; revoke: true|false and expireAccessTokens: true act at once',
      run({ body }) {
        const patch = EntraSwitchesPatch.parse(body);
        directory.change(
          Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
        );
        return directory.switches;
      },
    },
    {
      method: 'POST',
      path: '/entra/applications',
      does: 'Adds or replaces an application: {clientId, secret?, allowsPublicFlows?, certificates?, federated?}',
      run({ body }) {
        const application = NewApplication.parse(body);
        directory.addApplication(application);
        return application;
      },
    },
    {
      method: 'POST',
      path: '/entra/identities',
      does: 'Gives this machine a managed identity: {clientId, isOwn?}',
      run({ body }) {
        const identity = NewIdentity.parse(body);
        directory.addIdentity(identity);
        return identity;
      },
    },
    {
      method: 'POST',
      path: '/entra/workload-tokens',
      does: 'Issues a token of another issuer, for a federated credential: its claims',
      run: ({ body }) => ({
        token: directory.issueForeignToken(z.record(z.string(), z.unknown()).parse(body)),
      }),
    },
    {
      method: 'POST',
      path: '/entra/refresh-tokens',
      does: 'Issues a refresh token, as a sign-in elsewhere would: {userId?, clientId?}',
      run({ body }) {
        const { userId = directory.users[0]?.id ?? '', clientId = defaultClientId } = Issue.parse(body);
        return { refreshToken: directory.issueRefreshToken(userId, clientId) };
      },
    },
  ];
}
