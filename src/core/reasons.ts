/**
 * Why a deal was declined, lost or closed as an error: the catalogue that Partner Center offers on its pages, by number
 * and by label. The API takes text, so the label is sent.
 */
import type { DealState } from './deal.ts';
import { canonicalText } from './lenses/text.ts';
import type { ReasonMapping } from './mapping-types.ts';

const DECLINED_OR_LOST = [
  'Budget not adequate',
  'Customer did not respond',
  'Customer chose another vendor',
  'Customer requirement not met',
  'Not a customer',
  'Proposed timeline too short',
  'Abuse, spam or phishing',
  'Others',
] as const;

const ERROR = [
  'Duplicate, created by bulk upload',
  'Duplicate, created in Partner Center',
  'Duplicate, sent by Microsoft',
  'Connector data sync issue',
  'Customer matching issue',
  'Solution issue',
  'Test referral',
  'Data error',
  'Others',
] as const;

/** A number alone (`3`), or before its label (`3 - Customer chose another vendor`), whose punctuation says nothing. */
const NUMBERED = /^(\d)(?:\W(.+))?$/;

/** The reasons that Partner Center offers for a state, in the order of their numbers; none where it asks for none. */
export function reasonsFor(state: DealState): readonly string[] {
  if (state === 'Declined' || state === 'Lost') return DECLINED_OR_LOST;
  return state === 'Error' ? ERROR : [];
}

/** Spelling that says nothing: case, punctuation, a remark in brackets, the plural. */
function plain(text: string): string {
  return text
    .replace(/\([^)]*\)\s*$/, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/s$/, '');
}

/** The catalogue's label for a number or a label, or null. */
export function findReason(state: DealState, text: string): string | null {
  const known = reasonsFor(state);
  const byLabel = (label: string): string | null =>
    known.find((candidate) => plain(candidate) === plain(label)) ?? null;
  const numbered = NUMBERED.exec(text.trim());
  if (numbered === null) return byLabel(text);
  const label = known[Number(numbered[1]) - 1] ?? null;
  const said = numbered[2];
  return said === undefined || label === byLabel(said) ? label : null;
}

/** A reason as the CRM says it, in Partner Center's words where it has some; else as it is. */
export function readReason(
  state: DealState,
  text: string | null,
  reasons: ReasonMapping | undefined,
): string | null {
  if (text === null) return null;
  const meant = reasons?.map[text] ?? text;
  return findReason(state, meant) ?? canonicalText(meant);
}

/** A reason of Partner Center's in the CRM's words: the first that the mapping reads as this one, be it by label or number. */
export function writeReason(state: DealState, reason: string, reasons: ReasonMapping | undefined): string {
  const meaning = (text: string): string => plain(findReason(state, text) ?? text);
  const entry = Object.entries(reasons?.map ?? {}).find(([, meant]) => meaning(meant) === meaning(reason));
  return entry?.[0] ?? reason;
}

/** What keeps a reason from being sent, in words; null: nothing. */
export function reasonProblem(
  state: DealState,
  reason: string | null,
  reasons: ReasonMapping | undefined,
): { readonly code: 'reason-missing' | 'reason-unknown'; readonly text: string } | null {
  const known = reasonsFor(state);
  if (known.length === 0) return null;
  const list = known.map((label, index) => `${index + 1} ${label}`).join('; ');
  if (reason === null) {
    if (state === 'Lost') return null;
    const what = state === 'Declined' ? 'declining needs a reason' : 'closing as an error needs a reason';
    return { code: 'reason-missing', text: `${what}; fill the reason with one of: ${list}` };
  }
  if (reasons?.accept === 'any' || findReason(state, reason) !== null) return null;
  return {
    code: 'reason-unknown',
    text: `the reason "${reason}" is none that Partner Center offers; choose one of: ${list}; or translate it in the mapping's reasons.map`,
  };
}
