/** Answers of the webhook API. Keys come in Pascal or camel case, so they are read in lower case. */
import { z } from 'zod';
import type { WebhookTest } from '../../core/webhook-registration.ts';

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), lowered(entry)]));
}

function keysInAnyCase<T extends z.ZodType>(schema: T) {
  return z.preprocess(lowered, schema);
}

const eventName = z.string().min(1).max(200);

export const EventNames = z.array(eventName).max(1_000);

export const RegistrationPayload = keysInAnyCase(
  z.object({ webhookurl: z.string().min(1).max(4_000), webhookevents: z.array(eventName).max(1_000) }),
).transform(({ webhookurl, webhookevents }) => ({ url: webhookurl, events: webhookevents }));

export const StartedTest = keysInAnyCase(z.object({ correlationid: z.string().min(1).max(200) })).transform(
  ({ correlationid }) => correlationid,
);

/** A registered address said yes. */
const GOOD = /^(?:ok|accepted|no ?content|created|2\d\d)$/i;

export const TestPayload = keysInAnyCase(
  z.object({
    status: z.string().max(200).nullish(),
    results: z
      .array(
        z.object({
          responsecode: z.union([z.string().max(200), z.number()]).nullish(),
          systemerror: z.boolean().nullish(),
        }),
      )
      .max(1_000)
      .nullish(),
  }),
).transform(({ status, results }): WebhookTest => {
  const last = results?.at(-1);
  const answer =
    last?.responsecode === undefined || last.responsecode === null ? '' : String(last.responsecode);
  if (GOOD.test(answer)) return { state: 'delivered', detail: answer };
  if (last === undefined) return { state: 'waiting', detail: null };
  const detail =
    answer !== '' && /^[\w ]+$/.test(answer)
      ? `the address answered ${answer}`
      : 'the address did not answer';
  return { state: status?.toLowerCase() === 'completed' ? 'failed' : 'waiting', detail };
});
