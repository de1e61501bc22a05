/** What was remembered of a replaced registration, read without trusting the file. */
import { z } from 'zod';
import type { RememberedRegistration } from '../core/webhook-registration.ts';

const Remembered = z.object({
  previous: z.object({ url: z.string(), events: z.array(z.string()) }).nullable(),
  replacedAt: z.string(),
  handedBackAt: z.string().nullable(),
});

/** Null where there is nothing that can be read. */
export function parseRemembered(text: string | null): RememberedRegistration | null {
  if (text === null) return null;
  try {
    return Remembered.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
