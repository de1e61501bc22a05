/** The fake Partner Center as the daemon meets it: lists that lag, boundaries at each call, faults, and people who are quicker. */
import { RemoteError } from '../../src/core/errors.ts';
import type { PartnerCenter, Referral, ReferralChanges, ReferralDraft } from '../../src/core/ports.ts';
import { refusal, silenceOf, slowDown } from './fault-desk.ts';
import type { Gate } from './gate.ts';
import type { Server } from './server.ts';
import { FAKE_POISON } from './users.ts';

export interface ListCursor {
  /** Versions up to here were all to be seen, and delivered. */
  readonly through: number;
}

export function parseListCursor(text: string | null): ListCursor {
  return text === null ? { through: 0 } : (JSON.parse(text) as ListCursor);
}

/** Lists are walked again this far below the cursor, in versions. */
const OVERLAP_VERSIONS = 12;

/** Partner Center's port for one life of the daemon's process. */
export function openPartnerCenter(server: Server, gate: Gate, run: number): PartnerCenter {
  const { partnerCenter, faults, marks } = server;
  const deliver = (record: Referral): void => {
    const held = server.delivered.referrals.get(record.id);
    if (held !== undefined && held.updatedAt > record.updatedAt) return;
    server.delivered.referrals.set(record.id, record);
    server.history.tell(record);
  };
  const read = <T>(where: string, effect: () => Promise<T>): Promise<T> =>
    gate.call(where, () => {
      server.requests.partnerCenter += 1;
      faults.checkCredentials('partnerCenter');
      slowDown(server, faults.take('partnerCenter', ['slow']));
      if (faults.take('partnerCenter', ['read-fails']) !== null) {
        faults.thrown();
        throw silenceOf('partnerCenter', false);
      }
      return effect();
    });
  const write = (where: string, subject: string, effect: () => Promise<Referral>): Promise<Referral> =>
    gate.call(`${where} ${subject}`, async () => {
      server.requests.partnerCenter += 1;
      server.writeCalls += 1;
      faults.checkCredentials('partnerCenter');
      if (server.lacksRole()) {
        faults.thrown();
        throw new RemoteError('The role is missing.', {
          code: 'forbidden',
          system: 'partnerCenter',
          status: 403,
        });
      }
      const fault = faults.take('partnerCenter', ['refused', 'lost-before', 'lost-after']);
      if (fault?.fault === 'refused' || fault?.fault === 'lost-before') {
        // A create without an answer may be settled within the run; its intent is what keeps the run from being clean.
        if (fault.fault === 'refused' || where !== 'pc.create') faults.thrown();
        throw fault.fault === 'refused'
          ? refusal('partnerCenter', fault.value)
          : silenceOf('partnerCenter', true);
      }
      slowDown(server, faults.take('partnerCenter', ['slow']));
      const saved = await effect();
      if (fault?.fault === 'lost-after') {
        if (where !== 'pc.create') faults.thrown();
        marks.add('partner-center-answer-lost');
        throw silenceOf('partnerCenter', true);
      }
      return saved;
    });

  /** Fails where Partner Center fails at this deal. */
  const failAt = (id: string, isWrite: boolean): void => {
    const isBroken = [...server.broken].some(([own, { engagementId }]) => own === id || engagementId === id);
    if (!isBroken) return;
    marks.add('failing-record');
    faults.thrown();
    throw silenceOf('partnerCenter', isWrite);
  };

  const kept = (changes: ReferralChanges): ReferralChanges => {
    if (!server.circumstances.ignoresDates || changes.deal.closeDate === undefined) return changes;
    marks.add('loop-broken');
    const { closeDate: _ignored, ...deal } = changes.deal;
    return { ...changes, deal };
  };

  return {
    feedIdentity: partnerCenter.feedIdentity,
    changes: (cursorText, isKnown) =>
      read('pc.changes', async () => {
        const cursor = parseListCursor(cursorText);
        const { through, listed: whole } = server.listing();
        const cut = faults.take('partnerCenter', ['cut-short']) !== null;
        if (cut) marks.add('list-cut-short');
        const listed = cut ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
        const referrals: Referral[] = [];
        for (const { record, sequence } of listed) {
          if (partnerCenter.hidden.has(record.id)) continue;
          if (sequence <= cursor.through - OVERLAP_VERSIONS) continue;
          if (isKnown(record.id, record.version)) continue;
          const held = server.delivered.referrals.get(record.id);
          if (held !== undefined && held.updatedAt > record.updatedAt) marks.add('stale-list-row');
          deliver(record);
          referrals.push(record);
        }
        return {
          referrals,
          next: JSON.stringify({ through: Math.max(through, cursor.through) }),
          serverTime: server.now().toISOString(),
          complete: !cut,
        };
      }),
    find: (id, options) =>
      read('pc.find', async () => {
        failAt(id, false);
        const found = await partnerCenter.find(id, options);
        if (found !== null) deliver(found);
        return found;
      }),
    listEngagement: (engagementId) =>
      read('pc.listEngagement', async () => {
        failAt(engagementId, false);
        const found = server
          .listing()
          .listed.filter(
            ({ record }) => record.engagementId === engagementId && !partnerCenter.hidden.has(record.id),
          )
          .map(({ record }) => record);
        found.forEach(deliver);
        return found;
      }),
    findByTags: (tags) =>
      read('pc.findByTags', async () => {
        const found = server
          .listing()
          .listed.map(({ record }) => record)
          .filter(
            ({ tag, id }) => tag.kind === 'opportunity' && tags.has(tag.id) && !partnerCenter.hidden.has(id),
          );
        found.forEach(deliver);
        return found;
      }),
    async create(draft: ReferralDraft, requestId, options) {
      const entry = server.log(
        run,
        draft.invite === undefined ? 'create-referral' : 'invite-microsoft',
        draft.invite === undefined ? draft.opportunityId : draft.invite.engagementId,
        draft.deal,
      );
      server.inspectCreate(draft, run);
      const saved = await write('pc.create', draft.opportunityId, async () => {
        refusePoison(draft.opportunityId, draft.deal.notes);
        const made = await partnerCenter.create(draft, requestId, options);
        entry.effective = true;
        return made;
      });
      entry.acknowledged = true;
      deliver(saved);
      return saved;
    },
    async update(id, ifMatch, changes: ReferralChanges, requestId, options) {
      const entry = server.log(run, 'update-referral', id, changes.deal);
      server.inspectUpdate(id, ifMatch, changes, run);
      const saved = await write('pc.update', id, async () => {
        const hot = faults.take('partnerCenter', ['hot']);
        if (hot !== null) server.portalMeddles(id, hot.value);
        refusePoison(id, changes.deal.notes);
        const isLost = (server.broken.get(id)?.value ?? 0) % 2 === 1;
        if (isLost) failAt(id, true);
        try {
          const updated = await partnerCenter.update(id, ifMatch, kept(changes), requestId, options);
          entry.effective = true;
          failAt(id, true);
          return updated;
        } catch (error) {
          if (error instanceof RemoteError && error.code === 'version-conflict')
            server.refused412.add(`${run} ${id}`);
          throw error;
        }
      });
      entry.acknowledged = true;
      if (server.refused412.has(`${run} ${id}`)) marks.add('412-merged-again');
      deliver(saved);
      return saved;
    },
    check: (options) => partnerCenter.check(options),
  };
}

function refusePoison(subject: string, notes: string | null | undefined): void {
  if (notes?.includes(FAKE_POISON.partnerCenter) === true)
    throw new RemoteError(`The notes of ${subject} are not accepted.`, {
      code: 'rejected',
      system: 'partnerCenter',
      status: 400,
    });
}
