/** Words of the wire for states, stages and help, in both directions. Read without regard to case. */
import { type DealState, HELP_CODES, type HelpCode, type SalesStage } from '../../core/deal.ts';

/** What was read: a value of ours, nothing (null), a word we do not know, or words that contradict each other. */
export type Reading<T> =
  | { readonly kind: 'value'; readonly value: T | null }
  | { readonly kind: 'unknown'; readonly word: string }
  | { readonly kind: 'contradiction'; readonly words: string };

const STATE_BY_SUBSTATUS: Readonly<Record<string, { readonly status: string; readonly state: DealState }>> = {
  pending: { status: 'new', state: 'Received' },
  received: { status: 'new', state: 'Received' },
  accepted: { status: 'active', state: 'Accepted' },
  engaged: { status: 'active', state: 'Accepted' },
  won: { status: 'closed', state: 'Won' },
  lost: { status: 'closed', state: 'Lost' },
  declined: { status: 'closed', state: 'Declined' },
  expired: { status: 'closed', state: 'Expired' },
  error: { status: 'closed', state: 'Error' },
};
/** What a status without a substatus can only be. */
const DEFAULT_SUBSTATUS: Readonly<Record<string, string>> = { new: 'received', active: 'accepted' };
const KNOWN_STATUS = new Set(['new', 'active', 'closed']);

/** The deal state that status and substatus mean together. */
export function readState(status: string, substatus: string): Reading<DealState> {
  const words = `${status}/${substatus}`;
  const word = status.trim().toLowerCase();
  const known = STATE_BY_SUBSTATUS[substatus.trim().toLowerCase() || (DEFAULT_SUBSTATUS[word] ?? '')];
  if (known === undefined || !KNOWN_STATUS.has(word)) return { kind: 'unknown', word: words };
  return known.status === word ? { kind: 'value', value: known.state } : { kind: 'contradiction', words };
}

const WRITTEN_STATE: Readonly<
  Partial<Record<DealState, { readonly status: string; readonly substatus: string }>>
> = {
  Received: { status: 'New', substatus: 'Received' },
  Accepted: { status: 'Active', substatus: 'Accepted' },
  Won: { status: 'Closed', substatus: 'Won' },
  Lost: { status: 'Closed', substatus: 'Lost' },
  Declined: { status: 'Closed', substatus: 'Declined' },
  Error: { status: 'Closed', substatus: 'Error' },
};

/** How a state is written. Expiry is Microsoft's to set: asking for it is a bug. */
export function writeState(state: DealState): { readonly status: string; readonly substatus: string } {
  const written = WRITTEN_STATE[state];
  if (written === undefined)
    throw new TypeError(`The state ${state} is set by Partner Center and cannot be written.`);
  return written;
}

/** How sales stages are spelled on the wire: reads show percentages, the connector's labels are accepted too. */
export type SalesStageStyle = 'percent' | 'label';

const PERCENT = /^(\d{1,3})\s*%?$/;
const PERCENT_BY_STAGE: Readonly<Record<SalesStage, string>> = {
  Qualify: '20',
  Develop: '40',
  Propose: '60',
  Close: '80',
};
const STAGE_BY_LABEL: Readonly<Record<string, SalesStage | null>> = {
  created: null,
  accepted: null,
  none: null,
  qualify: 'Qualify',
  qualified: 'Qualify',
  develop: 'Develop',
  developed: 'Develop',
  propose: 'Propose',
  proposed: 'Propose',
  negotiated: 'Close',
  close: 'Close',
  closed: 'Close',
  won: 'Close',
};

/** The bucket a sales stage falls into; 10 percent (accepted) is no stage yet. */
export function readSalesStage(word: string): Reading<SalesStage> {
  const percent = PERCENT.exec(word.trim())?.[1];
  if (percent !== undefined) return { kind: 'value', value: stageOfPercent(Number(percent)) };
  const stage = STAGE_BY_LABEL[word.trim().toLowerCase()];
  return stage === undefined ? { kind: 'unknown', word } : { kind: 'value', value: stage };
}

function stageOfPercent(percent: number): SalesStage | null {
  if (percent >= 80) return 'Close';
  if (percent >= 60) return 'Propose';
  if (percent >= 40) return 'Develop';
  return percent >= 20 ? 'Qualify' : null;
}

/** Whether the word shows that this tenant spells stages as percentages. */
export function isPercentStage(word: string): boolean {
  return PERCENT.test(word.trim());
}

export function writeSalesStage(stage: SalesStage, style: SalesStageStyle): string {
  return style === 'percent' ? PERCENT_BY_STAGE[stage] : stage;
}

/** The help asked for; `Unknown` on the wire is none. */
export function readHelp(word: string): Reading<HelpCode> {
  const wanted = word.trim().toLowerCase();
  if (wanted === 'unknown') return { kind: 'value', value: null };
  const code = HELP_CODES.find((candidate) => candidate.toLowerCase() === wanted);
  return code === undefined ? { kind: 'unknown', word } : { kind: 'value', value: code };
}
