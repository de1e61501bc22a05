import { describe, expect, it } from 'vitest';
import { withMicrosoftsPart } from '../../../src/core/microsoft-answer.ts';
import { isMicrosoftAddress, maskedTeamText, microsoftTeamText } from '../../../src/core/microsoft-team.ts';
import { shown } from '../../../src/core/plan.ts';
import { referral } from '../../support/builders.ts';

const AVERY = { name: 'Avery Fielding', role: 'Account Executive', email: 'avery@microsoft.com' };
const BLAKE = { name: null, role: null, email: 'blake@eu.microsoft.com' };

describe("Microsoft's people", () => {
  it.each([
    ['kim@microsoft.com', true],
    ['kim@EU.Microsoft.com', true],
    ['kim@notmicrosoft.com', false],
    ['kim@microsoft.com.example', false],
    ['microsoft.com@partner.example', false],
    [null, false],
  ])('%s is one: %s', (email, isOne) => {
    expect(isMicrosoftAddress(email)).toBe(isOne);
  });

  it('are one text, each once, whatever their order', () => {
    const text = '<blake@eu.microsoft.com>';
    expect(microsoftTeamText([BLAKE, AVERY, { ...AVERY, name: 'Other' }])).toBe(
      `Avery Fielding, Account Executive <avery@microsoft.com>; ${text}`,
    );
    expect(microsoftTeamText([AVERY, BLAKE])).toBe(microsoftTeamText([BLAKE, AVERY]));
    expect(microsoftTeamText([])).toBeNull();
  });

  it('are shown to operators with names and addresses masked', () => {
    const text = microsoftTeamText([AVERY, BLAKE]) ?? '';

    expect(maskedTeamText(text)).toBe('A*** F***, Account Executive <a***@***.com>; <b***@***.com>');
    expect(shown('microsoftTeam', text)).toBe(maskedTeamText(text));
    expect(maskedTeamText('somebody typed this')).toBe('s*** t*** t***');
  });

  it('that show no more are not taken away', () => {
    expect(Object.hasOwn(withMicrosoftsPart(referral(), null).deal, 'microsoftTeam')).toBe(false);
    expect(withMicrosoftsPart(referral({}, { microsoftTeam: [BLAKE] }), null).deal.microsoftTeam).toBe(
      '<blake@eu.microsoft.com>',
    );
  });
});
