/** What Graph answers, as far as we read it. */
import { z } from 'zod';

const text = z.string().nullish();

export const GraphUser = z.object({
  givenName: text,
  surname: text,
  mail: text,
  userPrincipalName: text,
  mobilePhone: text,
  businessPhones: z.array(z.string()).nullish(),
});
export type GraphUser = z.infer<typeof GraphUser>;

/** A list of users; other members of the answer do not matter. */
export const UserList = z.object({ value: z.array(GraphUser) });

/** Answers of a batch come in any order, each with its own status and headers. */
export const BatchAnswer = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z.record(z.string(), z.string()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
});
