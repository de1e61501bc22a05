/** What a run can be asked for, and how requests that wait for the same connection become one. */
import { parseOpportunityId, parseReferralId } from '../core/ids.ts';
import type { Looks, RunInput } from '../engine/run.ts';

/**
 * Why a run is wanted.
 *
 * - `scheduled`: what changed, by the schedule
 * - `related`: what changed, and the related rows that the feed does not follow
 * - `audit`: both sides completely
 * - `hint`: only the named records; feeds are not walked and cursors not moved
 * - `manual`: what changed, because a person asked
 */
export type RunKind = 'scheduled' | 'audit' | 'related' | 'hint' | 'manual';

export interface RunRequest {
  readonly kind: RunKind;
  /** Who asked (`schedule`, `start`, `reload`, `webhook`, or a person), for pages; people's names stay out of the log. */
  readonly who: string;
  /** Ids to look at directly; unknown ones are harmless. */
  readonly referrals?: readonly string[];
  readonly opportunities?: readonly string[];
}

/** Direct looks beyond this cost more than walking the feeds. */
export const MAX_LOOKS = 50;

/** One run that serves every request in it. */
export interface Merged {
  readonly kind: RunKind;
  readonly who: readonly string[];
  readonly input: Pick<RunInput, 'full' | 'related' | 'looks'>;
}

/** The kinds, the one that covers most first. */
const BY_REACH: readonly RunKind[] = ['audit', 'related', 'manual', 'scheduled', 'hint'];

/**
 * One run for all of the requests. Named records are looked at besides whatever else the run reads; too many of them,
 * or none that can be an id, make it an ordinary run.
 */
export function mergeRequests(requests: readonly RunRequest[]): Merged {
  const kinds = new Set(requests.map(({ kind }) => kind));
  const wanted = BY_REACH.find((kind) => kinds.has(kind)) ?? 'scheduled';
  const referrals = distinct(requests.flatMap((request) => request.referrals ?? []).map(parseReferralId));
  const opportunities = distinct(
    requests.flatMap((request) => request.opportunities ?? []).map(parseOpportunityId),
  );
  const isWorthLooking = referrals.length + opportunities.length > 0 && referrals.length <= MAX_LOOKS;
  const kind = wanted === 'hint' && !isWorthLooking ? 'scheduled' : wanted;
  const looks: Looks | null =
    isWorthLooking && kind !== 'audit' ? { referrals, opportunities, only: kind === 'hint' } : null;
  return {
    kind,
    who: [...new Set(requests.map(({ who }) => who))],
    input: {
      full: kind === 'audit',
      related: kinds.has('related') && kind !== 'audit',
      ...(looks === null ? {} : { looks }),
    },
  };
}

function distinct<T>(ids: readonly (T | null)[]): readonly T[] {
  return [...new Set(ids.filter((id) => id !== null))];
}
