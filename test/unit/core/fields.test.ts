/** The field catalogue: a change here changes what may travel which way, so all of it stands here a second time. */
import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../src/core/deal.ts';
import { FIELD_NAMES, FIELDS, GROUPS, groupOf, isFieldName, specOf } from '../../../src/core/fields.ts';

type Mark = 'oneWay' | 'irreversible' | 'whileAccepting' | 'personal';

describe('the catalogue', () => {
  it.each<readonly [string, string, string, string, string, readonly Mark[]]>([
    ['name', 'text', 'name', 'toPartnerCenter', 'create', []],
    ['amount', 'money', 'amount', 'both', 'patch', ['whileAccepting']],
    ['currency', 'currency', 'amount', 'both', 'patch', ['whileAccepting']],
    ['closeDate', 'date', 'closeDate', 'both', 'patch', ['whileAccepting']],
    ['notes', 'text', 'notes', 'both', 'patch', ['whileAccepting']],
    ['campaignId', 'text', 'campaignId', 'both', 'patch', ['whileAccepting']],
    ['customer', 'customer', 'customer', 'toPartnerCenter', 'create', []],
    ['contacts', 'people', 'contacts', 'toPartnerCenter', 'patch', ['irreversible', 'personal']],
    ['team', 'people', 'team', 'toPartnerCenter', 'patch', ['whileAccepting', 'personal']],
    ['solutions', 'solutions', 'solutions', 'toPartnerCenter', 'patch', []],
    ['state', 'choice', 'state', 'both', 'patch', []],
    ['salesStage', 'choice', 'state', 'both', 'patch', []],
    ['reason', 'text', 'state', 'both', 'patch', []],
    ['help', 'choice', 'help', 'toPartnerCenter', 'create', ['oneWay', 'irreversible']],
    ['visibleToMicrosoft', 'flag', 'visibleToMicrosoft', 'both', 'patch', ['oneWay', 'irreversible']],
    [
      'consentToShareContact',
      'flag',
      'consentToShareContact',
      'toPartnerCenter',
      'create',
      ['oneWay', 'irreversible'],
    ],
    ['microsoftCrmId', 'text', 'microsoftCrmId', 'toCrm', 'never', []],
    ['microsoftTeam', 'text', 'microsoftTeam', 'toCrm', 'never', ['personal']],
    ['referralProgram', 'text', 'referralProgram', 'both', 'patch', []],
    ['favorite', 'flag', 'favorite', 'toCrm', 'never', []],
    ['marketplaceIntent', 'choice', 'marketplaceIntent', 'toPartnerCenter', 'create', []],
    ['partnerRole', 'choice', 'partnerRole', 'toPartnerCenter', 'create', []],
    ['solutionArea', 'choice', 'solutionArea', 'toPartnerCenter', 'create', []],
    ['solutionPlay', 'choice', 'solutionPlay', 'toPartnerCenter', 'create', []],
  ])('%s is %s of the group %s, goes %s, by %s; marks %j', (name, kind, group, direction, way, marks) => {
    expect(specOf(name as FieldName)).toEqual({
      name,
      kind,
      group,
      direction,
      referral: way,
      oneWay: marks.includes('oneWay'),
      irreversible: marks.includes('irreversible'),
      whileAccepting: marks.includes('whileAccepting'),
      personal: marks.includes('personal'),
    });
  });

  it('has each field once', () => {
    expect(FIELD_NAMES).toEqual(FIELDS.map(({ name }) => name));
    expect(new Set(FIELD_NAMES).size).toBe(24);
  });
});

describe('a field', () => {
  it('is known by its name', () => {
    expect(isFieldName('closeDate')).toBe(true);
    expect(isFieldName('closedate')).toBe(false);
    expect(isFieldName('toString')).toBe(false);
  });

  it('that is none has no entry', () => {
    expect(() => specOf('colour' as FieldName)).toThrow(
      new TypeError('There is no field "colour" in the catalogue.'),
    );
  });
});

describe('a group', () => {
  it.each<readonly [FieldName, readonly FieldName[]]>([
    ['amount', ['amount', 'currency']],
    ['currency', ['amount', 'currency']],
    ['reason', ['state', 'salesStage', 'reason']],
    ['notes', ['notes']],
  ])('of %s is %j', (name, members) => {
    expect(groupOf(name)).toEqual(members);
  });

  it('is named by one field each', () => {
    expect(GROUPS).toEqual(
      FIELD_NAMES.filter((name) => !['currency', 'salesStage', 'reason'].includes(name)),
    );
  });
});
