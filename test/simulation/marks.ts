/** Rare things that a campaign must have seen, or it has proved nothing about them. */
import type { Intent, Ledger, RunReport } from '../../src/core/store-port.ts';
import type { Server } from './server.ts';

export const MARKS = [
  'crash',
  'crash-on-disk',
  'crash-with-open-intent',
  'clean-stop',
  'state-lost',
  '412-merged-again',
  'hot-record-parked',
  'failing-record',
  'failing-record-told',
  'crm-edit-refused',
  'late-commit',
  'list-lag',
  'stale-list-row',
  'partner-center-answer-lost',
  'crm-answer-lost',
  'crm-row-lost',
  'loop-broken',
  'cursor-replay',
  'list-cut-short',
  'slow-call',
  'crm-row-not-read-back',
  'role-lost',
  'opportunity-hidden',
  'opportunity-merged',
  'deal-Expired',
  'trigger-rounded',
  'creates-limited',
  'operators-told',
  'beside-a-neighbour',
  'unknown-create-adopted',
  'unknown-create-adopted-late',
  'unknown-create-sent-again',
  'unheard-update-found-done',
  'unheard-update-found-undone',
  'unclear-asked',
  'saga-finished-after-crash',
  'halted',
  'approval-asked',
  'approved',
  'capped',
  'incomplete',
  'conflict-opened',
  'conflict-closed-by-itself',
  'conflict-decided',
  'conflict-overruled',
  'parked-then-corrected',
  'rejected-then-corrected',
  'frozen-edit',
  'illegal-transition-parked',
  'accepted-and-closed',
  'inbound-created',
  'invited',
  'microsoft-answered',
  'opportunity-deleted',
  'link-revived',
  'referral-gone',
  'out-of-scope',
  'tag-copied',
  'copy-refused',
  'tag-restored',
  'deal-Won',
  'deal-Lost',
  'deal-Declined',
] as const;

interface Snapshot {
  readonly intents: readonly Intent[];
  readonly openKeys: ReadonlySet<string>;
  readonly decided: ReadonlySet<string>;
  readonly statuses: ReadonlyMap<string, string>;
  readonly named: number;
}

export interface Marker {
  before(ledger: Ledger): Promise<Snapshot>;
  after(ledger: Ledger, before: Snapshot, run: number): Promise<void>;
  report(report: RunReport): void;
}

/** Watches the daemon's state from outside and notes what happened. */
export function createMarker(server: Server): Marker {
  const { marks, history } = server;
  return {
    async before(ledger) {
      const open = await ledger.attention({ state: 'open' });
      return {
        intents: await ledger.intents(),
        openKeys: new Set(open.map(({ key }) => key)),
        decided: new Set(
          open.filter(({ decisions }) => Object.keys(decisions).length > 0).map(({ key }) => key),
        ),
        statuses: new Map(
          (await ledger.links({})).map(({ opportunityId, status }) => [opportunityId, status]),
        ),
        named: history.named.length,
      };
    },
    async after(ledger, before, run) {
      const open = new Set((await ledger.attention({ state: 'open' })).map(({ key }) => key));
      for (const key of before.openKeys) {
        if (open.has(key)) continue;
        if (key.startsWith('conflict:both-changed') && !before.decided.has(key))
          marks.add('conflict-closed-by-itself');
        if (key.startsWith('parked:missing-parts')) marks.add('parked-then-corrected');
        if (key.startsWith('parked:rejected')) marks.add('rejected-then-corrected');
      }
      for (const { item } of history.named.slice(before.named)) {
        if (item.code === 'both-changed') marks.add('conflict-opened');
        if (item.code === 'overruled') marks.add('conflict-overruled');
        if (item.code === 'unclear-update') marks.add('unclear-asked');
        if (item.code === 'hot-record') marks.add('hot-record-parked');
        if (item.code === 'failing-record') marks.add('failing-record-told');
        if (item.code === 'frozen') marks.add('frozen-edit');
        if (item.code === 'illegal-transition') marks.add('illegal-transition-parked');
        if (item.code === 'referral-linked-elsewhere' || item.code === 'tags-disagree')
          marks.add('copy-refused');
        if (item.kind === 'approval' && item.code !== 'halted') marks.add('approval-asked');
      }
      for (const { opportunityId, status } of await ledger.links({})) {
        if (status !== 'active') marks.add(status);
        const was = before.statuses.get(opportunityId);
        if (status === 'active' && was !== undefined && was !== 'active') marks.add('link-revived');
      }
      await noteIntents(ledger, before.intents, run);
      noteWrites(run);
    },
    report({ outcome, stopped }) {
      if (outcome === 'halted') marks.add('halted');
      if (outcome === 'incomplete') marks.add('incomplete');
      if (stopped?.includes('creates for this run') === true) marks.add('creates-limited');
      if (stopped?.includes('writes a run was reached') === true) marks.add('capped');
    },
  };

  async function noteIntents(ledger: Ledger, before: readonly Intent[], run: number): Promise<void> {
    const still = new Set((await ledger.intents()).map(({ id }) => id));
    for (const intent of before) {
      if (still.has(intent.id) || intent.kind === 'create-opportunity') continue;
      if (intent.kind === 'update-referral' || intent.kind === 'update-opportunity') {
        const { kind, opportunityId, referralId } = intent;
        const of = kind === 'update-referral' ? referralId : opportunityId;
        const last = history.writes.findLast(
          ({ what, id, run: when }) => when < run && what === kind && id === of,
        );
        marks.add(last?.effective === true ? 'unheard-update-found-done' : 'unheard-update-found-undone');
        continue;
      }
      const sent = history.writes.filter(
        ({ what, id }) => what === intent.kind && (id === intent.opportunityId || id === intent.engagementId),
      );
      const effective = sent.filter((write) => write.effective);
      if (effective.length === 1 && effective[0] === sent[0]) {
        marks.add('unknown-create-adopted');
        if (intent.searches > 0) marks.add('unknown-create-adopted-late');
      }
      if (sent.length > 1 && effective.length === 1 && effective[0] !== sent[0])
        marks.add('unknown-create-sent-again');
    }
  }

  function noteWrites(run: number): void {
    const writes = history.writes.filter((write) => write.run === run && write.effective);
    for (const write of writes) {
      if (write.what === 'create-opportunity') marks.add('inbound-created');
      if (write.what === 'invite-microsoft') {
        marks.add('invited');
        const own = [...server.partnerCenter.referrals.values()].find(
          ({ engagementId, isMicrosofts }) => engagementId === write.id && !isMicrosofts,
        );
        const made = history.writes.find(
          ({ what, id }) =>
            what === 'create-referral' && own?.tag.kind === 'opportunity' && id === own.tag.id,
        );
        if (made !== undefined && made.run < run && marks.has('crash'))
          marks.add('saga-finished-after-crash');
      }
      if (write.what === 'update-referral' && write.deal.state === 'Accepted')
        if (writes.some(({ id, deal }) => id === write.id && (deal.state === 'Won' || deal.state === 'Lost')))
          marks.add('accepted-and-closed');
      if (write.what === 'bookkeeping' || write.what === 'update-opportunity') {
        const versions = history.opportunities.get(write.id as never) ?? [];
        const tag = server.mapping.tag.referralId;
        const held = versions.map(({ record }) => record.values[tag] ?? null);
        if (
          held.some(
            (value, index) =>
              value === null &&
              index > 0 &&
              held[index - 1] !== null &&
              index + 1 < held.length &&
              held[index + 1] === held[index - 1],
          )
        )
          marks.add('tag-restored');
      }
    }
  }
}
