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
    [' kim@microsoft.com\n', true],
    ['kim@notmicrosoft.com', false],
    ['kim@microsoft.com.example', false],
    ['microsoft.com@partner.example', false],
    ['', false],
    [null, false],
    [undefined, false],
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

  it('have no sign in their name or role that the text itself uses', () => {
    expect(
      microsoftTeamText([
        { name: 'Fielding;Avery', role: 'Manager,  <East>\n\tSales', email: AVERY.email },
        { ...BLAKE, name: ' ; ', role: 'Seller' },
      ]),
    ).toBe('Fielding Avery, Manager East Sales <avery@microsoft.com>; Seller <blake@eu.microsoft.com>');
  });

  it('are shown to operators with names and addresses masked', () => {
    const text = microsoftTeamText([AVERY, BLAKE]) ?? '';

    expect(maskedTeamText(text)).toBe('A*** F***, Account Executive <a***@***.com>; <b***@***.com>');
    expect(shown('microsoftTeam', text)).toBe(maskedTeamText(text));
  });

  it.each([
    ['somebody typed this', 's*** t*** t***'],
    ['', '***'],
    ['  Avery   Fielding <avery@microsoft.com> ', 'A*** F*** <a***@***.com>'],
    ['Avery<avery@microsoft.com>;  <blake@eu.microsoft.com>\n', 'A*** <a***@***.com>; <b***@***.com>'],
    ['Avery, Seller<avery@microsoft.com>', 'A***, Seller <a***@***.com>'],
    [', Seller <avery@microsoft.com>', ', Seller <a***@***.com>'],
    ['Avery <avery@microsoft.com> and Blake Young', 'A*** <*** a*** B*** Y***'],
    ['Young,Blake <blake@microsoft.com>', 'Y*** <***'],
    ['Avery, or kim@partner.example <avery@microsoft.com>', 'A*** *** k*** <***'],
    ['Avery, +1 415 555 0123 <avery@microsoft.com>', 'A*** *** 4*** 5*** 0*** <***'],
  ])('are masked however somebody rewrote the text: %j', (text, expected) => {
    expect(maskedTeamText(text)).toBe(expected);
  });

  it('that show no more are not taken away', () => {
    expect(Object.hasOwn(withMicrosoftsPart(referral(), null).deal, 'microsoftTeam')).toBe(false);
    expect(withMicrosoftsPart(referral({}, { microsoftTeam: [BLAKE] }), null).deal.microsoftTeam).toBe(
      '<blake@eu.microsoft.com>',
    );
  });
});
