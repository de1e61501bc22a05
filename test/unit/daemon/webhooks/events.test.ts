import { describe, expect, it } from 'vitest';
import { createEventReceiver, MAX_REMEMBERED } from '../../../../src/daemon/webhooks/events.ts';
import { partnerEvent } from './support.ts';

describe('remembered events', () => {
  it('are bounded: the oldest is forgotten first, and looked into once more', async () => {
    const now = Date.parse('2026-03-01T10:00:00Z');
    const { receive } = createEventReceiver(
      async () => null,
      () => now,
    );
    const send = async (n: number) => (await receive({}, Buffer.from(partnerEvent({ n })))).outcome;

    for (let n = 0; n < MAX_REMEMBERED; n += 1) await send(n);
    const known = [await send(1), await send(MAX_REMEMBERED - 1)];
    await send(MAX_REMEMBERED);

    expect(known).toEqual(['repeated', 'repeated']);
    expect(await send(0)).toBe('taken');
    expect(await send(MAX_REMEMBERED)).toBe('repeated');
  });
});
