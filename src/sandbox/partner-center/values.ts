/** Checks and normal forms of single values, shared by create, PATCH and PUT. All throw `ApiError` (400). */
import { invalidRequest } from './api-error.ts';
import { isObject, type Json } from './json.ts';
import { fillSolutions, fillTeam, MAX_LIST_ITEMS, SOLUTION_TYPES } from './model.ts';
import { renderStamp, toStamp } from './stamps.ts';
import type { PartnerCenterSwitches } from './switches.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const LABEL_BY_PERCENT = { '20': 'Qualify', '40': 'Develop', '60': 'Propose', '80': 'Close' } as const;
const PERCENTS = ['10', '20', '40', '60', '80', '100'];

/** A deal value: a number, or (as the documents show it) a number in a string. */
export function toDealValue(value: Json, target: string, switches: PartnerCenterSwitches): number {
  const isText = typeof value === 'string' && DECIMAL.test(value);
  if (isText && switches.numericStrings === 'reject')
    throw invalidRequest('A number was expected where text was found.', target, 'invalidType');
  const number = isText ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
    throw invalidRequest('The deal value must be a number of zero or more.', target);
  return number;
}

/** ISO 4217 by form. */
export function toCurrency(value: Json, target: string): string {
  if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value))
    throw invalidRequest('The currency must be a three-letter ISO 4217 code.', target);
  return value;
}

/** A time in UTC with trimmed fraction. */
export function toTime(value: Json, target: string): string {
  const stamp = typeof value === 'string' ? toStamp(value) : null;
  if (stamp === null) throw invalidRequest('A date and time in ISO 8601 form was expected.', target);
  return renderStamp(stamp, 'trimmed');
}

/** ISO 3166 alpha-2 by form. */
export function checkCountry(value: Json | undefined, target: string): void {
  if (typeof value !== 'string' || !/^[A-Za-z]{2}$/.test(value))
    throw invalidRequest('The country must be a two-letter ISO 3166 code.', target);
}

/** A member of an enumeration. */
export function checkMember(value: Json | undefined, members: readonly string[], target: string): void {
  if (typeof value !== 'string' || !members.includes(value))
    throw invalidRequest(`The value is not one of ${members.join(', ')}.`, target, 'invalidEnumValue');
}

/** Text, or null. */
export function toTextOrNull(value: Json, target: string): string | null {
  if (value !== null && typeof value !== 'string')
    throw invalidRequest('Text was expected.', target, 'invalidType');
  return value;
}

const MEMBER_NAMES = ['firstName', 'lastName', 'phoneNumber'] as const;

function checkList(value: Json | undefined, target: string): Json[] {
  if (!Array.isArray(value)) throw invalidRequest('A list was expected.', target, 'invalidType');
  if (value.length > MAX_LIST_ITEMS)
    throw invalidRequest(`No more than ${MAX_LIST_ITEMS} entries are taken.`, target, 'tooMany');
  return value;
}

/** The partner's team: every member has first name, last name, phone and an e-mail key. */
export function toTeam(value: Json | undefined, target: string): Json[] {
  for (const member of checkList(value, target)) {
    if (!isObject(member)) throw invalidRequest('A team member must be an object.', target, 'invalidType');
    for (const name of MEMBER_NAMES) {
      if (typeof member[name] !== 'string' || member[name] === '')
        throw invalidRequest(`A team member lacks ${name}.`, `${target}/${name}`, 'requiredFieldMissing');
    }
    if (typeof member.email !== 'string')
      throw invalidRequest('A team member lacks email.', `${target}/email`, 'requiredFieldMissing');
  }
  return fillTeam(value);
}

/** Customer contacts: objects, of which an e-mail or a phone number may be missing. */
export function toContacts(value: Json | undefined, target: string): Json[] {
  if (checkList(value, target).some((member) => !isObject(member)))
    throw invalidRequest('A customer contact must be an object.', target, 'invalidType');
  return fillTeam(value);
}

/** Solutions: at least one, each with an id. */
export function toSolutions(value: Json | undefined, target: string): Json[] {
  const list = checkList(value, target);
  if (list.length === 0)
    throw invalidRequest('At least one solution is needed.', target, 'requiredFieldMissing');
  for (const solution of list) {
    if (!isObject(solution) || typeof solution.id !== 'string' || solution.id === '')
      throw invalidRequest('A solution lacks its id.', `${target}/id`, 'requiredFieldMissing');
    if (solution.type !== undefined && solution.type !== null)
      checkMember(solution.type, SOLUTION_TYPES, `${target}/type`);
  }
  return fillSolutions(list);
}

/** A sales stage, written as a percentage or as a label and kept in the tenant's own form. */
export function toSalesStage(value: Json, target: string, switches: PartnerCenterSwitches): string | null {
  if (value === null || value === '') return null;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') throw invalidRequest('The sales stage must be text.', target, 'invalidType');
  const labels = Object.entries(LABEL_BY_PERCENT);
  const percent = PERCENTS.find((candidate) => candidate === text.replace(/%$/, ''));
  const fromLabel = labels.find(([, label]) => label.toLowerCase() === text.toLowerCase())?.[0];
  const stage = percent ?? fromLabel;
  if (stage === undefined) throw invalidRequest('There is no such sales stage.', target, 'invalidEnumValue');
  if (switches.salesStage === 'asWritten') return text;
  if (switches.salesStage === 'percentage') return stage;
  return labels.find(([key]) => key === stage)?.[1] ?? stage;
}
