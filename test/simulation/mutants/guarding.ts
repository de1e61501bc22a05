/** Daemons broken on purpose: what they may do, say and show. */
import { RemoteError } from '../../../src/core/errors.ts';
import type { Mutant } from './tools.ts';
import { onCommit, reopened, withField, withLedger, withPartnerCenter } from './tools.ts';

export const GUARDING_MUTANTS: readonly Mutant[] = [
  {
    name: 'ends as many deals as it likes',
    breaks: 'G7',
    hint: 126,
    sabotage: (dependencies) => ({
      ...dependencies,
      policy: { ...dependencies.policy, maxClosesPerRun: 1_000_000 },
    }),
  },
  {
    name: 'writes as much as it likes',
    breaks: 'G7',
    hint: 8,
    sabotage: (dependencies) => ({
      ...dependencies,
      policy: { ...dependencies.policy, maxWritesPerRun: 1_000_000 },
    }),
  },
  {
    name: 'asks for no approval',
    breaks: 'G7',
    hint: 2,
    sabotage: (dependencies) => ({ ...dependencies, policy: { ...dependencies.policy, approvals: [] } }),
  },
  {
    name: 'takes closed deals for open ones',
    breaks: 'G8',
    hint: 18,
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
    breaks: 'G9',
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
    breaks: 'G10',
    hint: 43,
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
    name: 'trips over received deals, and calls that a reason',
    breaks: 'G1',
    hint: 1,
    sabotage: (dependencies) => ({
      ...dependencies,
      crm: {
        ...dependencies.crm,
        lacking: () => {
          throw new TypeError('A received deal has no such column.');
        },
      },
    }),
  },
  {
    name: 'takes a deal at which Partner Center fails for the end of Partner Center',
    breaks: 'G10',
    hint: 26,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => {
        const asHost = (error: unknown): never => {
          if (error instanceof RemoteError && error.code === 'unavailable')
            throw new RemoteError(error.message, {
              code: 'forbidden',
              system: 'partnerCenter',
              outcomeUnknown: error.outcomeUnknown,
            });
          throw error;
        };
        return {
          find: (...given) => partnerCenter.find(...given).catch(asHost),
          listEngagement: (...given) => partnerCenter.listEngagement(...given).catch(asHost),
          update: (...given) => partnerCenter.update(...given).catch(asHost),
        };
      }),
  },
  {
    name: 'calls a run clean whose creates have no known outcome',
    breaks: 'G12',
    hint: 4,
    sabotage: (dependencies) => withLedger(dependencies, { intents: async () => [] }),
  },
  {
    name: 'writes more often than it counts',
    breaks: 'G12',
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
    breaks: 'G14',
    hint: 10,
    sabotage: (dependencies) => withField(dependencies, 'consentToShareContact', { map: { false: true } }),
  },
  {
    name: 'shows every deal to Microsoft',
    breaks: 'G14',
    hint: 1,
    sabotage: (dependencies) => withField(dependencies, 'visibleToMicrosoft', { map: { false: true } }),
  },
  {
    name: 'asks Microsoft for help unasked',
    breaks: 'G14',
    hint: 10,
    sabotage: (dependencies) =>
      withField(withField(dependencies, 'help', { default: 'General or Other' }), 'consentToShareContact', {
        map: { false: true },
      }),
  },
];
