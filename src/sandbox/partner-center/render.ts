/** What goes over the wire: trimmed times, links, and whatever oddities the switches ask for. */
import { isObject, type Json, type JsonObject, listAt, renameKeys, setAt, textAt, valueAt } from './json.ts';
import { renderStamp } from './stamps.ts';
import type { PartnerCenterSwitches } from './switches.ts';

const FULL_STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z$/;

function renderTimes(value: Json, switches: PartnerCenterSwitches): Json {
  if (typeof value === 'string')
    return FULL_STAMP.test(value) ? renderStamp(value, switches.fractionDigits) : value;
  if (Array.isArray(value)) return value.map((item) => renderTimes(item, switches));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderTimes(item, switches)]));
}

function encodeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function changeText(row: JsonObject, paths: readonly string[], change: (text: string) => string): void {
  for (const path of paths) {
    const text = textAt(row, path);
    if (text !== null && text !== '') setAt(row, path, change(text));
  }
}

/** Fields on which "nothing" has been seen in several forms. */
const EMPTY_FIELDS = [
  'externalReferenceId',
  'campaignId',
  'details/notes',
  'customerProfile/size',
  'statusReason',
];

function mixEmpties(row: JsonObject): void {
  // The id decides, so that a record looks the same each time it is read.
  let turn = Number.parseInt(String(row.id).slice(0, 4), 16) || 0;
  for (const path of EMPTY_FIELDS) {
    turn += 1;
    const value = valueAt(row, path);
    if (value !== null && value !== undefined && value !== '') continue;
    setAt(row, path, turn % 2 === 0 ? null : '');
  }
  if (listAt(row, 'registrations').length === 0 && turn % 2 === 0) delete row.registrations;
  if (listAt(row, 'tags').length === 0) row.tags = turn % 3 === 0 ? null : [];
  const additional = valueAt(row, 'details/requirements/additionalRequirements');
  if (isObject(additional)) {
    additional.iot = turn % 2 === 0 ? null : {};
    if (listAt(additional, 'attributes').length === 0) delete additional.attributes;
  }
}

function addUnknownMembers(row: JsonObject): void {
  row.quality = 'Promising';
  row.qualification = 'PartnerQualified';
  row.dealSensitivity = 'Guarded';
  setAt(row, 'customerProfile/size', '20001to50000employees');
  for (const target of listAt(row, 'target')) if (isObject(target)) target.type = 'SolutionBundle';
}

function addExtraFields(row: JsonObject): void {
  row.dealScore = { band: 'B', reasons: ['recent'] };
  row.isRenewal = false;
  setAt(row, 'details/estimatedMonthlyUsage', 1250.5);
  for (const member of listAt(row, 'team')) {
    if (!isObject(member)) continue;
    member.emailValidationStatus = 'NotChecked';
    member.linkedInProfileUrl = null;
  }
}

function applyQuirks(row: JsonObject, quirks: PartnerCenterSwitches['quirks']): void {
  if (quirks.htmlEntities) changeText(row, ['name', 'customerProfile/name'], encodeEntities);
  if (quirks.trailingSpaces) {
    changeText(row, ['name', 'customerProfile/name'], (text) => `${text} `);
    for (const member of listAt(row, 'team'))
      if (isObject(member)) changeText(member, ['lastName'], (text) => `${text} `);
  }
  const address = valueAt(row, 'customerProfile/address');
  if (quirks.stateInRegion && isObject(address) && address.state !== null && address.state !== '') {
    address.region = address.state ?? null;
    address.state = null;
  }
  if (quirks.dealValueAsText) {
    const value = valueAt(row, 'details/dealValue');
    if (typeof value === 'number') setAt(row, 'details/dealValue', String(value));
  }
  if (quirks.idsAsObject && listAt(row, 'customerProfile/ids').length === 0)
    setAt(row, 'customerProfile/ids', {});
  if (quirks.solutionTypeNone)
    for (const solution of listAt(row, 'details/requirements/solutions'))
      if (isObject(solution)) solution.type = 'None';
  if (quirks.unknownEnums) addUnknownMembers(row);
  if (quirks.extraFields) addExtraFields(row);
  if (quirks.emptyMix) mixEmpties(row);
}

function pascal(key: string): string {
  return key.startsWith('@') ? key : key.charAt(0).toUpperCase() + key.slice(1);
}

/** Sets the casing of a whole answer. */
export function renderCasing(answer: JsonObject, switches: PartnerCenterSwitches): Json {
  return switches.outputCasing === 'pascal' ? renameKeys(answer, pascal) : answer;
}

/** A referral as a client sees it. The stored one is untouched. */
export function renderReferral(
  stored: JsonObject,
  baseUrl: string,
  switches: PartnerCenterSwitches,
  where: 'list' | 'single',
): JsonObject {
  const row = renderTimes(stored, switches);
  if (!isObject(row)) return {};
  applyQuirks(row, switches.quirks);
  if (switches.listETag === 'headerOnly' || (switches.listETag === 'missing' && where === 'list'))
    delete row.eTag;
  const referrals = `${baseUrl}/v1.0/engagements/referrals`;
  row.links = {
    relatedReferrals: { uri: `${referrals}?$filter=engagementId eq ${row.engagementId}`, method: 'GET' },
    self: { uri: `${referrals}/${row.id}`, method: 'GET' },
  };
  return row;
}
