import { describe, expect, it } from 'vitest';
import { dyingFindings, wholeDaysLeft } from '../../../src/core/credential-lives.ts';

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
    const finding = (step: number, message: string) => ({
      key: `notice:credentials-dying:certificate:partnerCenter.certificateFile:${step}`,
      kind: 'notice',
      code: 'credentials',
      opportunityId: null,
      referralId: null,
      fields: [],
      message,
      values: [],
    });

    expect(dyingFindings([life(3), life(1), life(-1)], [7, 1], NOW)).toEqual([
      finding(7, 'The certificate app.pem ends on 2026-03-04, within 7 days. Make a new one.'),
      finding(1, 'The certificate app.pem ends on 2026-03-02, within a day. Make a new one.'),
      finding(0, 'The certificate app.pem ended on 2026-02-28. Make a new one.'),
    ]);
  });

  it('are warned of in whatever order the steps are configured', () => {
    const warnDays = [1, 14, 7];

    expect(dyingFindings([life(5)], warnDays, NOW)[0]?.key).toMatch(/:7$/);
    expect(warnDays).toEqual([1, 14, 7]);
  });

  it('are not warned of while nobody can tell when', () => {
    expect(dyingFindings([{ ...life(1), endsAt: 'some day' }], [7], NOW)).toEqual([]);
  });

  it.each([
    [2, 2],
    [1.01, 2],
    [0.01, 1],
    [0, 0],
    [-0.01, -1],
    [-1, -1],
    [-1.5, -2],
  ])('have %f days left, in whole ones %i', (days, expected) => {
    expect(wholeDaysLeft(inDays(days), NOW)).toBe(expected);
  });
});
