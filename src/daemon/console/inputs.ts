/** What the page may send, checked before anything is done with it. */
import { z } from 'zod';
import { DEAL_STATES } from '../../core/deal.ts';
import { DEAL_KINDS } from '../../views/deal-rows.ts';
import { ConsoleError } from './errors.ts';
import { DEAL_SORTS } from './read-model.ts';

/** Large enough for whatever the page sends. */
export const BODY_LIMIT = { bodyLimit: 128 * 1024 } as const;

const flag = z
  .enum(['0', '1'])
  .transform((text) => text === '1')
  .default(false);
const whole = (fallback: number, max: number) => z.coerce.number().int().min(0).max(max).default(fallback);
const connection = z.string().min(1).max(200);
/** Characters that would change how the name's surroundings read. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

export const SignInInput = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'a name is needed: it goes into the audit trail')
    .max(80)
    .refine((name) => !CONTROL.test(name), 'the name has characters that cannot be shown'),
  token: z.string().max(1000).default(''),
  code: z.string().max(20).default(''),
});

export const DealsInput = z.strictObject({
  connection: connection.optional(),
  state: z.enum(DEAL_STATES).optional(),
  kind: z.enum(DEAL_KINDS as [string, ...string[]]).optional(),
  origin: z.enum(['inbound', 'outbound']).optional(),
  owner: z.string().max(200).optional(),
  q: z.string().max(200).optional(),
  favorites: flag,
  expiring: flag,
  outOfStep: flag,
  archived: flag,
  sort: z.enum(DEAL_SORTS as [string, ...string[]]).default('changed'),
  order: z.enum(['asc', 'desc']).optional(),
  offset: whole(0, 10_000_000),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const PipelineInput = z.strictObject({
  connection: connection.optional(),
  days: z.coerce.number().int().min(1).max(400).default(90),
});

export const AttentionInput = z.strictObject({
  connection: connection.optional(),
  code: z.string().max(100).optional(),
  offset: whole(0, 1_000_000),
  limit: z.coerce.number().int().min(1).max(2000).default(50),
});

const Action = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('resolve'),
    take: z.enum(['crm', 'partnerCenter']),
    field: z.string().max(100).nullable().default(null),
  }),
  z.strictObject({ type: z.literal('account'), account: z.string().trim().min(1).max(100) }),
  z.strictObject({ type: z.literal('approve') }),
  z.strictObject({ type: z.literal('retry') }),
  z.strictObject({
    type: z.literal('dismiss'),
    why: z.string().trim().min(1, 'a dismissal needs a reason').max(1000),
  }),
]);

export const DecisionInput = z.strictObject({
  connection,
  action: Action,
  items: z
    .array(z.strictObject({ id: z.string().regex(/^[0-9a-f]{1,64}$/), version: z.string().max(64) }))
    .min(1)
    .max(500),
});

export const RunInput = z.strictObject({ connection, full: z.boolean().default(false) });
export const PreviewInput = z.strictObject({ connection });
export const DealParams = z.object({ connection, id: z.string().min(1).max(2000) });

/** @throws ConsoleError 400 naming everything that is wrong */
export function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  );
  throw new ConsoleError(400, 'bad-input', `This request makes no sense: ${problems.join('; ')}.`, {
    problems,
  });
}
