/** Control routes to Graph: people, sent mail, switches. */
import { z } from 'zod';
import type { ControlRoute } from '../control.ts';
import type { GraphTenant } from './people.ts';

const NewPerson = z
  .object({
    userPrincipalName: z.string().min(1),
    displayName: z.string().optional(),
    givenName: z.string().nullable().optional(),
    surname: z.string().nullable().optional(),
    mail: z.string().nullable().optional(),
    mobilePhone: z.string().nullable().optional(),
    businessPhones: z.array(z.string()).optional(),
  })
  .strict();
const Patch = z
  .object({
    throttledItems: z.int().min(0).optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    mayReadUsers: z.boolean().optional(),
    maySendMail: z.boolean().optional(),
  })
  .strict();

/** Only what was given: an undefined value would hide a default. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Routes under `/graph`. */
export function graphRoutes(tenant: GraphTenant): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/graph/users', does: 'The people of the directory', run: () => tenant.people },
    {
      method: 'POST',
      path: '/graph/users',
      does: 'Adds a person: {userPrincipalName, givenName?, surname?, mail?, mobilePhone?, businessPhones?}',
      run: ({ body }) => tenant.add(given(NewPerson.parse(body))),
    },
    { method: 'GET', path: '/graph/mail', does: 'Mail that was sent, oldest first', run: () => tenant.sent },
    { method: 'GET', path: '/graph/switches', does: 'Behaviour of Graph', run: () => tenant.switches },
    {
      method: 'PATCH',
      path: '/graph/switches',
      does: 'Changes some switches: throttledItems, retryAfterSeconds, mayReadUsers, maySendMail',
      run: ({ body }) => Object.assign(tenant.switches, given(Patch.parse(body))),
    },
  ];
}
