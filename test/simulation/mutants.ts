/** Daemons broken on purpose, one for each guarantee: a checker that lets one of them pass proves nothing about the real one. */
import type { FieldName } from '../../src/core/deal.ts';
import { RemoteError } from '../../src/core/errors.ts';
import type { FieldMapping } from '../../src/core/mapping-types.ts';
import type { PartnerCenter, Referral } from '../../src/core/ports.ts';
import type { Ledger, LedgerChanges } from '../../src/core/store-port.ts';
import type { EngineDependencies } from '../../src/engine/dependencies.ts';
import type { Sabotage } from './daemon.ts';

export interface Mutant {
  /** What this daemon does wrong, as the end of a sentence that begins with "a daemon that". */
  readonly name: string;
  /** Guarantees of which at least one must be seen broken. */
  readonly breaks: readonly string[];
  /** A seed that is known to show it, looked at first. */
  readonly hint: number;
  readonly sabotage: Sabotage;
}

function onCommit(
  dependencies: EngineDependencies,
  change: (changes: LedgerChanges) => LedgerChanges,
): EngineDependencies {
  const { ledger } = dependencies;
  return { ...dependencies, ledger: { ...ledger, commit: (changes) => ledger.commit(change(changes)) } };
}

function withLedger(dependencies: EngineDependencies, parts: Partial<Ledger>): EngineDependencies {
  return { ...dependencies, ledger: { ...dependencies.ledger, ...parts } };
}

function withPartnerCenter(
  dependencies: EngineDependencies,
  parts: (partnerCenter: PartnerCenter) => Partial<PartnerCenter>,
): EngineDependencies {
  const { partnerCenter } = dependencies;
  return { ...dependencies, partnerCenter: { ...partnerCenter, ...parts(partnerCenter) } };
}

function withField(
  dependencies: EngineDependencies,
  name: FieldName,
  change: Partial<FieldMapping>,
): EngineDependencies {
  const { mapping } = dependencies;
  const fields = mapping.fields.map((field) => (field.field === name ? { ...field, ...change } : field));
  return { ...dependencies, mapping: { ...mapping, fields } };
}

/** Shows closed deals as open. */
function reopened(referral: Referral): Referral {
  const { state } = referral.deal;
  return state === 'Won' || state === 'Lost'
    ? { ...referral, deal: { ...referral.deal, state: 'Accepted' } }
    : referral;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'carries the notes one way only',
    breaks: ['G1', 'G2'],
    hint: 6,
    sabotage: (dependencies) => withField(dependencies, 'notes', { sync: 'toPartnerCenter' }),
  },
  {
    name: 'forgets to name its conflicts',
    breaks: ['G1', 'G2'],
    hint: 6,
    sabotage: (dependencies) =>
      onCommit(dependencies, (changes) => ({
        ...changes,
        attention: (changes.attention ?? []).filter(({ kind }) => kind !== 'conflict'),
      })),
  },
  {
    name: 'overwrites rows of the CRM that have moved',
    breaks: ['G2'],
    hint: 17,
    sabotage: (dependencies, server) => ({
      ...dependencies,
      crm: {
        ...dependencies.crm,
        update: (updates, options) =>
          dependencies.crm.update(
            updates.map((update) =>
              update.ifVersion === undefined
                ? update
                : { ...update, ifVersion: server.crm.rows.get(update.id)?.version ?? update.ifVersion },
            ),
            options,
          ),
      },
    }),
  },
  {
    name: 'forgets its intents',
    breaks: ['G3'],
    hint: 43,
    sabotage: (dependencies) => onCommit(dependencies, ({ intents: _intents, ...changes }) => changes),
  },
  {
    name: 'looks nowhere for a create without an answer',
    breaks: ['G3'],
    hint: 63,
    sabotage: (dependencies) =>
      withPartnerCenter(withLedger(dependencies, { referralsTagged: async () => [] }), () => ({
        findByTags: async () => [],
      })),
  },
  {
    name: 'creates every deal twice',
    breaks: ['G3', 'G12'],
    hint: 1,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        async create(draft, requestId, options) {
          await partnerCenter.create(draft, requestId, options);
          return partnerCenter.create(draft, requestId, options);
        },
      })),
  },
  {
    name: 'writes whatever the version',
    breaks: ['G4'],
    hint: 4,
    sabotage: (dependencies, server) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        update: (id, ifMatch, ...rest) =>
          partnerCenter.update(id, server.partnerCenter.one(id).version ?? ifMatch, ...rest),
      })),
  },
  {
    name: 'takes everything up again in every run, and forgets what it wrote into its own columns',
    breaks: ['G5'],
    hint: 1,
    sabotage: (dependencies) =>
      onCommit(dependencies, (changes) => ({
        ...changes,
        due: (changes.due ?? []).map((move) => ({
          ...move,
          dueAt: move.dueAt ?? '2026-01-01T00:00:00.000Z',
        })),
        links: (changes.links ?? []).map((link) => ({ ...link, written: {} })),
      })),
  },
  {
    name: 'saves the cursor before the records',
    breaks: ['G6'],
    hint: 63,
    sabotage: (dependencies) => {
      const { crm, cursors } = dependencies;
      return {
        ...dependencies,
        crm: {
          ...crm,
          async *changes(cursor, options) {
            for await (const page of crm.changes(cursor, options)) {
              await cursors.save(`crm:${crm.feedIdentity}`, page.next);
              yield page;
            }
          },
        },
      };
    },
  },
  {
    name: 'keeps no referral that changed again',
    breaks: ['G4', 'G6', 'G1'],
    hint: 3,
    sabotage: (dependencies) => {
      const seen = new Set<string>();
      return onCommit(dependencies, (changes) => ({
        ...changes,
        referrals: (changes.referrals ?? []).filter(({ record: { id } }) => {
          const again = seen.has(id);
          seen.add(id);
          return !again;
        }),
      }));
    },
  },
  {
    name: 'ends as many deals as it likes',
    breaks: ['G7'],
    hint: 13,
    sabotage: (dependencies) => ({
      ...dependencies,
      policy: { ...dependencies.policy, maxClosesPerRun: 1_000_000 },
    }),
  },
  {
    name: 'writes as much as it likes',
    breaks: ['G7'],
    hint: 9,
    sabotage: (dependencies) => ({
      ...dependencies,
      policy: { ...dependencies.policy, maxWritesPerRun: 1_000_000 },
    }),
  },
  {
    name: 'asks for no approval',
    breaks: ['G7'],
    hint: 4,
    sabotage: (dependencies) => ({ ...dependencies, policy: { ...dependencies.policy, approvals: [] } }),
  },
  {
    name: 'takes closed deals for open ones',
    breaks: ['G8', 'G1', 'G2'],
    hint: 19,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        async changes(...given) {
          const feed = await partnerCenter.changes(...given);
          return { ...feed, referrals: feed.referrals.map(reopened) };
        },
        async find(...given) {
          const found = await partnerCenter.find(...given);
          return found === null ? null : reopened(found);
        },
      })),
  },
  {
    name: 'remembers what it meant instead of what was held',
    breaks: ['G9'],
    hint: 1,
    sabotage: (dependencies) =>
      onCommit(dependencies, (changes) => ({
        ...changes,
        links: (changes.links ?? []).map((link) =>
          link.baseline.notes === undefined
            ? link
            : {
                ...link,
                baseline: {
                  ...link.baseline,
                  notes: {
                    ...link.baseline.notes,
                    referral: `${String(link.baseline.notes.referral)} (as sent)`,
                  },
                },
              },
        ),
      })),
  },
  {
    name: 'gives up the host for one bad record',
    breaks: ['G10', 'G1'],
    hint: 64,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => {
        const asHost = (error: unknown): never => {
          if (error instanceof RemoteError && error.code === 'rejected')
            throw new RemoteError(error.message, { code: 'forbidden', system: 'partnerCenter' });
          throw error;
        };
        return {
          create: (...given) => partnerCenter.create(...given).catch(asHost),
          update: (...given) => partnerCenter.update(...given).catch(asHost),
        };
      }),
  },
  {
    name: 'calls a run clean whose creates have no known outcome',
    breaks: ['G12', 'G3'],
    hint: 18,
    sabotage: (dependencies) => withLedger(dependencies, { intents: async () => [] }),
  },
  {
    name: 'writes more often than it counts',
    breaks: ['G12'],
    hint: 1,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        async update(id, ifMatch, changes, requestId, options) {
          const saved = await partnerCenter.update(id, ifMatch, changes, requestId, options);
          return changes.deal.state === undefined
            ? partnerCenter.update(id, saved.version ?? '', changes, requestId, options)
            : saved;
        },
      })),
  },
  {
    name: 'takes silence for consent',
    breaks: ['G14'],
    hint: 12,
    sabotage: (dependencies) => withField(dependencies, 'consentToShareContact', { map: { false: true } }),
  },
  {
    name: 'shows every deal to Microsoft',
    breaks: ['G14'],
    hint: 1,
    sabotage: (dependencies) => withField(dependencies, 'visibleToMicrosoft', { map: { false: true } }),
  },
];
