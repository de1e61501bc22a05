/** Decides about a pair as it stands: gone, out of scope, adopted, or to be merged. */
import { withoutAgreedGroups } from '../core/adoption.ts';
import { decideLinked } from '../core/decide-linked.ts';
import { type MappedOpportunity, toDeal } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import { findingsFor } from '../core/pair-findings.ts';
import { NOTHING, recordLabel } from '../core/plan.ts';
import type { OpportunityRecord } from '../core/ports.ts';
import type { AttentionItem, Link } from '../core/store-port.ts';
import { asAdopted, isAdoptedNow, takenOver } from './adopted.ts';
import { linkBookkeeping } from './bookkeeping.ts';
import type { DecideContext, Decided } from './decided.ts';
import type { EngineDependencies } from './dependencies.ts';
import { isTeamUnsure } from './directory.ts';
import { usableDecisions } from './findings.ts';
import { microsoftNews, siblingDues } from './microsoft.ts';
import { withRegistrationStatus } from './registration-column.ts';
import type { Subject } from './subject.ts';
import { withoutUnanswered } from './unanswered.ts';
import { unlinkAction } from './unlink.ts';

/** @param items open items about the pair, with a person's decisions */
export function decidePair(
  dependencies: EngineDependencies,
  subject: Extract<Subject, { kind: 'linked' }>,
  items: readonly AttentionItem[],
  context: DecideContext,
): Decided {
  const { mapping, hashOf, policy, crm } = dependencies;
  const { opportunity, siblings } = subject;
  const blank = { subject, mapped: null, bookkeeping: null, parkedNote: null };
  const findings = findingsFor(subject.link);
  const label = recordLabel(subject.link.opportunityId, subject.link.referralId);
  if (opportunity === null || subject.referral === null)
    return {
      ...blank,
      link: subject.link,
      decision: NOTHING,
      siblingDues: siblingDues(siblings, null, context.looks, context.timing),
    };
  const news = microsoftNews(subject.link, subject.referral, siblings, context.timing);
  const { link, referral } = news;
  const base = {
    ...blank,
    siblingDues: siblingDues(siblings, news.answer, context.looks, context.timing),
    history: news.history,
  };
  findings.list.push(...news.findings);
  if (opportunity.deleted) {
    if (link.status === 'opportunity-deleted') return { ...base, link, decision: NOTHING };
    const merged = opportunity.mergedInto === null ? '' : ` (merged into ${opportunity.mergedInto})`;
    findings.add(
      'notice',
      'opportunity-deleted',
      [],
      `The opportunity of ${label} was deleted in the CRM${merged}. The deal was not closed; close it in Partner Center if that was meant.`,
    );
    return {
      ...base,
      link,
      decision: {
        ...NOTHING,
        findings: findings.list,
        actions: [
          unlinkAction(
            link,
            'opportunity-deleted',
            'the opportunity is gone from the CRM',
            `${opportunity.modifiedAt} ${opportunity.id}`,
          ),
        ],
      },
    };
  }
  const mapped = readOpportunity(opportunity, mapping);
  if (!mapped.inScope) {
    findings.add(
      'notice',
      'out-of-scope',
      [],
      `The filter no longer selects the opportunity of ${label}; its edits are not carried any more. The deal stays as it is.`,
    );
    return {
      ...base,
      mapped,
      link: { ...link, status: 'out-of-scope' },
      decision: link.status === 'out-of-scope' ? NOTHING : { ...NOTHING, findings: findings.list },
    };
  }
  const { decisions, stale } = usableDecisions(items, (field) => ({
    opportunity: mapped.deal[field],
    referral: referral.deal[field],
  }));
  const stageSeen =
    mapped.stage === null || link.stageSeen?.value === mapped.stage
      ? link.stageSeen
      : // The row has stood like this at least since it was saved last.
        { value: mapped.stage, at: opportunity.modifiedAt };
  const pair = {
    link: {
      ...link,
      status: 'active' as const,
      stageSeen,
      written: withoutAgreedGroups(link.written, link.baseline),
    },
    opportunity,
    mapped,
    referral,
    mapping,
    said: news.answer,
  };
  const current: Link = asAdopted(pair, context.timing);
  const wanted = decideLinked({
    link: current,
    opportunity,
    mapped,
    referral,
    mapping,
    hashOf,
    limits: TEXT_LIMITS[crm.kind],
    timing: context.timing,
    pastCloseDate: policy.pastCloseDate,
    decisions,
  });
  const decision = withoutUnanswered(wanted, context.openIntents.get(link.opportunityId), context);
  if (stale.length > 0)
    findings.add(
      'notice',
      'decision-too-late',
      [],
      `A decision about ${label} was not applied because a side has changed since it was shown; look at it again.`,
    );
  const updated: Link = {
    ...current,
    baseline: { ...current.baseline, ...decision.baseline },
    written: isAdoptedNow(pair, context.timing)
      ? takenOver({ ...pair, link: current }, decision.findings)
      : current.written,
    verifiedAt: context.timing.now,
  };
  const settled =
    decision.lookAgainAt === null || decision.actions.length > 0 || decision.findings.length > 0;
  return {
    ...base,
    mapped,
    link: updated,
    waits: decision.lookAgainAt !== null && decision.actions.length + decision.findings.length === 0,
    decision: { ...decision, findings: [...decision.findings, ...findings.list] },
    bookkeeping: settled
      ? withRegistrationStatus(
          linkBookkeeping(
            mapping,
            updated,
            referral,
            decision.findings,
            context.timing.now,
            opportunity.values[mapping.tag.referralId],
            news.answer,
          ),
          { mapping, link: updated, referral, opportunity },
        )
      : null,
  };
}

/** The opportunity as a deal; a team that the directory could not be asked about is unknown, not shorter. */
function readOpportunity(opportunity: OpportunityRecord, mapping: Mapping): MappedOpportunity {
  const mapped = toDeal(opportunity, mapping);
  if (!isTeamUnsure(opportunity, mapping)) return mapped;
  const { team: _unsure, ...deal } = mapped.deal;
  return { ...mapped, deal };
}
