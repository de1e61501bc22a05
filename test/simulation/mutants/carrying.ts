/** Daemons broken on purpose: what they carry, and what they remember. */
import type { Mutant } from './tools.ts';
import { onCommit, withField, withLedger, withPartnerCenter } from './tools.ts';

export const CARRYING_MUTANTS: readonly Mutant[] = [
  {
    name: 'carries the notes one way only',
    breaks: 'G1',
    hint: 1,
    sabotage: (dependencies) => withField(dependencies, 'notes', { sync: 'toPartnerCenter' }),
  },
  {
    name: 'forgets to name its conflicts',
    breaks: 'G1',
    hint: 3,
    sabotage: (dependencies) =>
      onCommit(dependencies, (changes) => ({
        ...changes,
        attention: (changes.attention ?? []).filter(({ kind }) => kind !== 'conflict'),
      })),
  },
  {
    name: 'overwrites rows of the CRM that have moved',
    breaks: 'G2',
    hint: 29,
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
    breaks: 'G3',
    hint: 227,
    sabotage: (dependencies) => onCommit(dependencies, ({ intents: _intents, ...changes }) => changes),
  },
  {
    name: 'forgets what it was about to change',
    breaks: 'G2',
    hint: 1032,
    sabotage: (dependencies) =>
      onCommit(dependencies, ({ intents = [], ...changes }) => ({
        ...changes,
        intents: intents.filter(({ kind }) => !kind.startsWith('update-')),
      })),
  },
  {
    name: 'takes what it was about to tell an opportunity for told, or for never sent',
    breaks: 'G1',
    hint: 1738,
    sabotage: (dependencies) =>
      onCommit(dependencies, ({ links = [], ...changes }) => ({
        ...changes,
        links: links.filter(({ written }) => !Object.hasOwn(written, 'unheard')),
      })),
  },
  {
    name: 'looks nowhere for a create without an answer',
    breaks: 'G3',
    hint: 45,
    sabotage: (dependencies) =>
      withPartnerCenter(withLedger(dependencies, { referralsTagged: async () => [] }), () => ({
        findByTags: async () => [],
      })),
  },
  {
    name: 'creates every deal twice',
    breaks: 'G3',
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
    breaks: 'G4',
    hint: 2,
    sabotage: (dependencies, server) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        update: (id, ifMatch, ...rest) =>
          partnerCenter.update(id, server.partnerCenter.one(id).version ?? ifMatch, ...rest),
      })),
  },
  {
    name: 'takes everything up again in every run, and forgets what it wrote into its own columns',
    breaks: 'G5',
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
    breaks: 'G6',
    hint: 54,
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
    breaks: 'G4',
    hint: 4,
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
    name: 'edits rows of the CRM without saying which version it read',
    breaks: 'G4',
    hint: 1,
    sabotage: (dependencies) => ({
      ...dependencies,
      crm: {
        ...dependencies.crm,
        update: (updates, options) =>
          dependencies.crm.update(
            updates.map(({ ifVersion: _ifVersion, ...update }) => update),
            options,
          ),
      },
    }),
  },
  {
    name: 'takes a list that was cut short for a complete one',
    breaks: 'G6',
    hint: 30,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        changes: async (...given) => ({ ...(await partnerCenter.changes(...given)), complete: true }),
      })),
  },
  {
    name: 'finds nothing of what it knew after a crash',
    breaks: 'G9',
    hint: 4,
    sabotageDisk: (disk) => ({ ...disk, crash: () => disk.lose() }),
  },
];
