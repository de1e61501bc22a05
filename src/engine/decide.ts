/** The deciding half of a run: from due records to decisions, committing what needs no remote write. */
import { decideCreate } from '../core/decide-create.ts';
import { decideInbound, wantsOpportunity } from '../core/decide-inbound.ts';
import { decideLinked } from '../core/decide-linked.ts';
import { dayOf } from '../core/lenses/calendar.ts';
import { canonicalJson } from '../core/lenses/equality.ts';
import { type MappedOpportunity, toDeal } from '../core/mapping.ts';
import type { Mapping } from '../core/mapping-types.ts';
import { TEXT_LIMITS } from '../core/mapping-write.ts';
import { findingsFor } from '../core/pair-findings.ts';
import { type Decision, type Finding, NOTHING, recordLabel } from '../core/plan.ts';
import type { CallOptions, OpportunityRecord, OpportunityUpdate, Referral } from '../core/ports.ts';
import type { AttentionItem, HistoryEntry, Intent, Link } from '../core/store-port.ts';
import { type Timing, timingAt } from '../core/timing.ts';
import { asAdopted, isAdoptedNow, isLeftBehind, takenOver } from './adopted.ts';
import { type Bookkeeping, linkBookkeeping, parkedBookkeeping } from './bookkeeping.ts';
import { withDeadline } from './deadlines.ts';
import type { EngineDependencies } from './dependencies.ts';
import { fingerprint } from './digest.ts';
import { isTeamUnsure } from './directory.ts';
import { isOwnItem, resolvesItself, toItem, usableDecisions } from './findings.ts';
import { type InvitationLooks, lookAtInvitation, microsoftNews, siblingDues } from './microsoft.ts';
import { keepOverruled } from './overruled.ts';
import { withRegistrationStatus } from './registration-column.ts';
import type { Subject } from './subjects.ts';
import { unlinkAction } from './unlink.ts';

/** When to ask again whether another connection holds the opportunity of a referral. */
const ASK_AGAIN_MINUTES = 60;

/** A subject with what was decided about it. */
export interface Decided {
  readonly subject: Subject;
  readonly decision: Decision;
  /** The opportunity as a deal, where there is one. */
  readonly mapped: MappedOpportunity | null;
  readonly bookkeeping: Bookkeeping | null;
  /** What to tell an opportunity that cannot be shared. */
  readonly parkedNote: OpportunityUpdate | null;
  /** The link as it is to be stored (new baselines, siblings, status). */
  readonly link: Link | null;
  /** The record only waits (a settling edit): it has not been judged. */
  readonly waits?: boolean;
  /** When other parties' referrals of the deal want a look. */
  readonly siblingDues?: ReturnType<typeof siblingDues>;
  /** What became known without a write. */
  readonly history?: readonly Omit<HistoryEntry, 'at' | 'runId'>[];
}

export interface DecideContext {
  readonly timing: Timing;
  readonly stateCreatedAt: string;
  /** Creates whose answer never came, by the record they were for. */
  readonly openIntents: ReadonlyMap<string, Intent>;
  /** Direct looks at unanswered invitations that the run may still take. */
  readonly looks: InvitationLooks;
  readonly runId: string | null;
}

/** The clock of a run's decisions. */
export function timingOf({ policy, timeZone }: EngineDependencies, now: string): Timing {
  return timingAt(now, dayOf(now, timeZone) ?? now.slice(0, 10), policy);
}

/** Decides about subjects and commits findings, baselines, links and due times that need no remote write. */
export async function decideAll(
  dependencies: EngineDependencies,
  subjects: readonly Subject[],
  context: DecideContext,
  options: CallOptions,
): Promise<readonly Decided[]> {
  const { ledger } = dependencies;
  const items = await ledger.attentionAbout({
    opportunityIds: subjects.flatMap((subject) => opportunityOf(subject)?.id ?? []),
    referralIds: subjects.flatMap((subject) => referralOf(subject)?.id ?? []),
  });
  const about = indexItems(items);
  const decided: Decided[] = [];
  for (const subject of subjects) {
    const own = [
      ...(about.get(opportunityOf(subject)?.id ?? '') ?? []),
      ...(about.get(referralOf(subject)?.id ?? '') ?? []),
    ];
    const one = await decideOne(dependencies, subject, [...new Set(own)], context, options);
    const { findings, actions, lookAgainAt } = one.decision;
    decided.push({
      ...one,
      waits: one.waits ?? (findings.length === 0 && actions.length === 0 && lookAgainAt !== null),
      decision: isElsewhere(subject)
        ? one.decision
        : withDeadline(one.decision, referralOf(subject), opportunityOf(subject), context.timing.now),
    });
  }
  await commitDecided(dependencies, decided, about, context);
  return decided;
}

function opportunityOf(subject: Subject): OpportunityRecord | null {
  return subject.kind === 'referral' ? null : subject.opportunity;
}

function referralOf(subject: Subject): Referral | null {
  return subject.kind === 'opportunity' ? null : subject.referral;
}

function isElsewhere(subject: Subject): boolean {
  return subject.kind === 'referral' && subject.isElsewhere !== undefined;
}

function indexItems(items: readonly AttentionItem[]): Map<string, AttentionItem[]> {
  const index = new Map<string, AttentionItem[]>();
  for (const item of items) {
    for (const id of [item.opportunityId, item.referralId])
      if (id !== null) index.set(id, [...(index.get(id) ?? []), item]);
  }
  return index;
}

async function decideOne(
  dependencies: EngineDependencies,
  subject: Subject,
  items: readonly AttentionItem[],
  context: DecideContext,
  options: CallOptions,
): Promise<Decided> {
  const { mapping, policy, crm } = dependencies;
  const limits = TEXT_LIMITS[crm.kind];
  const none = { mapped: null, bookkeeping: null, parkedNote: null, link: null };
  switch (subject.kind) {
    case 'doubtful': {
      const note =
        subject.opportunity === null || isLeftBehind(subject.opportunity, context.stateCreatedAt)
          ? null
          : await newParkedNote(dependencies, subject.opportunity, [subject.finding], context);
      return {
        ...none,
        subject,
        parkedNote: note,
        decision: { ...NOTHING, findings: [subject.finding], lookAgainAt: context.timing.after(24 * 60) },
      };
    }
    case 'opportunity': {
      const intent = context.openIntents.get(subject.opportunity.id);
      if (intent !== undefined) return { ...none, subject, decision: unanswered(intent, context) };
      const mapped = toDeal(subject.opportunity, mapping);
      const decision = decideCreate({
        opportunity: subject.opportunity,
        mapped,
        timing: context.timing,
        pastCloseDate: policy.pastCloseDate,
      });
      return {
        ...none,
        subject,
        mapped,
        decision,
        parkedNote: await newParkedNote(dependencies, subject.opportunity, decision.findings, context),
      };
    }
    case 'referral': {
      if (subject.isElsewhere !== undefined) {
        const lookAgainAt = subject.isElsewhere === 'yes' ? null : context.timing.after(ASK_AGAIN_MINUTES);
        return { ...none, subject, decision: { ...NOTHING, lookAgainAt } };
      }
      const intent = context.openIntents.get(subject.referral.id);
      if (intent !== undefined) return { ...none, subject, decision: unanswered(intent, context) };
      const input = {
        referral: subject.referral,
        mapping,
        limits,
        timing: context.timing,
        policy: policy.inbound,
        stateCreatedAt: context.stateCreatedAt,
      };
      const customer = subject.referral.deal.customer;
      const looks =
        wantsOpportunity(input) && customer !== undefined && customer !== null && customer.name !== null;
      const accounts = looks
        ? await crm.findAccounts({ duns: customer.duns, name: customer.name ?? '' }, options)
        : null;
      return { ...none, subject, decision: decideInbound({ ...input, accounts }) };
    }
    case 'linked': {
      const siblings = await lookAtInvitation(dependencies, subject, context.looks, context.timing, options);
      return decideLink(dependencies, { ...subject, siblings }, items, context);
    }
    default:
      return assertNever(subject);
  }
}

/** A create whose answer never came is looked for, not repeated. */
function unanswered(intent: Intent, { timing }: DecideContext): Decision {
  const { opportunityId, referralId } = intent;
  const what =
    intent.kind === 'create-opportunity'
      ? `The opportunity for referral ${referralId}`
      : intent.kind === 'invite-microsoft'
        ? `The invitation of Microsoft for opportunity ${opportunityId}`
        : `The referral for opportunity ${opportunityId}`;
  const message = `${what} was sent for creation at ${intent.since}, but no answer came. It is looked for and only sent again when it has stayed away for the grace period.`;
  return {
    ...NOTHING,
    lookAgainAt: timing.after(1),
    findings: [
      {
        key: `parked:unknown-outcome:${opportunityId ?? referralId}`,
        kind: 'parked',
        code: 'unknown-outcome',
        opportunityId,
        referralId,
        fields: [],
        message,
        values: [],
      },
    ],
  };
}

function assertNever(value: never): never {
  throw new TypeError(`Unknown subject ${String((value as { kind: unknown }).kind)}.`);
}

/** Tells an opportunity why it is not shared, once for each reason: what was told last is kept in the ledger. */
async function newParkedNote(
  { mapping, ledger }: EngineDependencies,
  opportunity: OpportunityRecord,
  findings: readonly Finding[],
  { timing }: DecideContext,
): Promise<OpportunityUpdate | null> {
  const parked = findings.find(({ kind }) => kind === 'parked');
  if (parked === undefined || opportunity.deleted) return null;
  if ((await ledger.meta(noteKey(opportunity.id))) === fingerprint(parked.message)) return null;
  return parkedBookkeeping(mapping, opportunity.id, parked, timing.now);
}

/** An invitation without an answer is looked for, not sent again; everything else about the pair goes on. */
function withoutUnanswered(decision: Decision, intent: Intent | undefined, context: DecideContext): Decision {
  if (intent?.kind !== 'invite-microsoft') return decision;
  const actions = decision.actions.filter(({ type }) => type !== 'invite-microsoft');
  if (actions.length === decision.actions.length) return decision;
  const waiting = unanswered(intent, context);
  return {
    ...decision,
    actions,
    findings: [...decision.findings, ...waiting.findings],
    lookAgainAt: decision.lookAgainAt ?? waiting.lookAgainAt,
  };
}

/** Where the ledger keeps a fingerprint of what an unlinked opportunity was last told. */
export function noteKey(id: string): string {
  return `note:${id}`;
}

function decideLink(
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
    link: { ...link, status: 'active' as const, stageSeen },
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

async function commitDecided(
  { ledger, now }: EngineDependencies,
  decided: readonly Decided[],
  about: ReadonlyMap<string, readonly AttentionItem[]>,
  context: DecideContext,
): Promise<void> {
  const at = now().toISOString();
  const keys = decided.flatMap(({ decision }) => decision.findings.map(({ key }) => key));
  const before = await ledger.attentionByKeys(keys);
  const overruled = await keepOverruled(
    ledger,
    decided.flatMap(({ decision }) => decision.findings),
    before,
    at,
    context.runId,
  );
  const raised = new Set(keys);
  const resolved: string[] = [];
  for (const { subject, waits } of decided) {
    // A record that only waits (a settling edit) has not been judged: what is open about it stays open.
    if (waits === true) continue;
    const ids = [opportunityOf(subject)?.id, referralOf(subject)?.id].filter((id) => id !== undefined);
    for (const id of ids)
      for (const item of about.get(id) ?? [])
        if (resolvesItself(item) && isOwnItem(item, ids) && !raised.has(item.key)) resolved.push(item.key);
  }
  await ledger.commit({
    attention: decided.flatMap(({ decision }) =>
      decision.findings.map((finding) => toItem(finding, at, before.get(finding.key))),
    ),
    resolved: [...new Set(resolved)],
    links: decided.flatMap(({ subject, link, decision }) =>
      link !== null &&
      (subject.kind !== 'linked' || subject.unsaved || changesLink(subject.link, link, decision))
        ? [link]
        : [],
    ),
    history: [
      ...overruled,
      ...decided.flatMap(({ history = [] }) =>
        history.map((entry) => ({ ...entry, at, runId: context.runId })),
      ),
    ],
    due: decided.flatMap(({ subject, decision, bookkeeping, parkedNote, siblingDues: dues = [] }) => {
      // What is to be written stays due until it has been.
      const dueAt =
        decision.actions.length > 0 || bookkeeping !== null || parkedNote !== null
          ? at
          : decision.lookAgainAt;
      const opportunity = opportunityOf(subject);
      const referral = referralOf(subject);
      return [
        ...dues,
        ...(opportunity === null
          ? []
          : [{ side: 'opportunity' as const, id: opportunity.id as string, dueAt }]),
        ...(referral === null
          ? []
          : [
              {
                side: 'referral' as const,
                id: referral.id as string,
                dueAt: subject.kind === 'linked' ? null : dueAt,
              },
            ]),
      ];
    }),
  });
}

function changesLink(before: Link, after: Link, decision: Decision): boolean {
  return (
    before.status !== after.status ||
    before.stageSeen?.value !== after.stageSeen?.value ||
    canonicalJson(before.siblings) !== canonicalJson(after.siblings) ||
    before.written !== after.written ||
    Object.keys(decision.baseline).length > 0
  );
}
