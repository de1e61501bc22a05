/** Control routes to the sign-in service. */
import { z } from 'zod';
import type { ControlRoute } from '../control.ts';
import type { EntraDirectory } from './directory.ts';
import { EntraSwitchesPatch } from './switches.ts';

const Issue = z.object({ userId: z.string().optional(), clientId: z.string().optional() }).strict();

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
      path: '/entra/refresh-tokens',
      does: 'Issues a refresh token, as a sign-in elsewhere would: {userId?, clientId?}',
      run({ body }) {
        const { userId = directory.users[0]?.id ?? '', clientId = defaultClientId } = Issue.parse(body);
        return { refreshToken: directory.issueRefreshToken(userId, clientId) };
      },
    },
  ];
}
