import { describe, expect, it } from 'vitest';
import { dyingFindings } from '../../../src/core/credential-lives.ts';

const NOW = '2026-03-01T12:00:00.000Z';
const inDays = (days: number): string => new Date(Date.parse(NOW) + days * 86_400_000).toISOString();
const life = (days: number) => ({
  key: 'certificate:partnerCenter.certificateFile',
  what: 'The certificate app.pem',
  endsAt: inDays(days),
  remedy: 'Make a new one.',
});
const steps = (days: number) =>
  dyingFindings([life(days)], [14, 7, 1], NOW).map(({ key }) => Number(key.split(':').at(-1)));

describe('credentials that end', () => {
  it.each([
    [30, []],
    [14.01, []],
    [14, [14]],
    [7.5, [14]],
    [7, [7]],
    [1.5, [7]],
    [1, [1]],
    [0.01, [1]],
    [0, [0]],
    [-3, [0]],
  ])('are warned of by the nearest step alone: %f days before', (days, expected) => {
    expect(steps(days)).toEqual(expected);
  });

  it('say what ends, when, and what to do', () => {
    const messages = [3, -1].map((days) => dyingFindings([life(days)], [7], NOW)[0]?.message);

    expect(messages).toEqual([
      'The certificate app.pem ends on 2026-03-04, within 7 days. Make a new one.',
      'The certificate app.pem ended on 2026-02-28. Make a new one.',
    ]);
  });
});
