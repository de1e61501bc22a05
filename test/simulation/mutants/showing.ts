/** Daemons broken on purpose: whom they show what, and whose rows they read. */
import { RemoteError } from '../../../src/core/errors.ts';
import type { OpenState } from '../disk.ts';
import type { Mutant } from './tools.ts';
import { onCommit, withLedger, withPartnerCenter } from './tools.ts';

/** The other connection's state, or the own one where the daemon is alone. */
function next(neighbour: OpenState | null, own: OpenState): OpenState {
  return neighbour ?? own;
}

export const SHOWING_MUTANTS: readonly Mutant[] = [
  {
    name: 'creates as many records as it likes',
    breaks: 'G7',
    hint: 7,
    sabotageInput: { maxCreates: 1_000_000 },
  },
  {
    name: 'closes a deal that nobody has answered',
    breaks: 'G8',
    hint: 57,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        async update(id, ifMatch, changes, ...rest) {
          const referral = await partnerCenter.find(id, { signal: new AbortController().signal });
          return changes.deal.state === 'Accepted' && referral?.deal.state === 'Received'
            ? { ...referral, deal: { ...referral.deal, state: 'Accepted' } }
            : partnerCenter.update(id, ifMatch, changes, ...rest);
        },
      })),
  },
  {
    name: 'does nothing while one record is parked',
    breaks: 'G10',
    hint: 2,
    sabotage: (dependencies) =>
      withLedger(dependencies, {
        async due(...given) {
          const parked = await dependencies.ledger.attention({ state: 'open', kind: 'parked' });
          return parked.length > 0 ? [] : dependencies.ledger.due(...given);
        },
      }),
  },
  {
    name: 'writes the opportunities it reads into its log',
    breaks: 'G11',
    hint: 1,
    sabotage: (dependencies) => ({
      ...dependencies,
      crm: {
        ...dependencies.crm,
        async *changes(cursor, options) {
          for await (const page of dependencies.crm.changes(cursor, options)) {
            dependencies.logger.debug({ records: page.records }, 'A page was read');
            yield page;
          }
        },
      },
    }),
  },
  {
    name: 'names the seller in what it asks of operators',
    breaks: 'G11',
    hint: 1,
    sabotage: (dependencies) =>
      onCommit(dependencies, (changes) => ({
        ...changes,
        attention: (changes.attention ?? []).map((item) => ({
          ...item,
          message: `${item.message} Ask kim@partner.example.`,
        })),
      })),
  },
  {
    name: 'puts the e-mail address of the seller into the notes',
    breaks: 'G11',
    hint: 1,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        create: (draft, ...rest) =>
          partnerCenter.create(
            {
              ...draft,
              deal: {
                ...draft.deal,
                notes: `${draft.deal.notes ?? ''} ${draft.deal.team?.[0]?.email ?? ''}`,
              },
            },
            ...rest,
          ),
      })),
  },
  {
    name: 'counts no requests',
    breaks: 'G12',
    hint: 1,
    sabotage: (dependencies) => ({
      ...dependencies,
      requests: () => ({ crm: 0, partnerCenter: 0, graph: 0, retries: 0 }),
    }),
  },
  {
    name: 'takes a host that failed for one that had nothing to say',
    breaks: 'G12',
    hint: 150,
    sabotage: (dependencies) =>
      withPartnerCenter(dependencies, (partnerCenter) => ({
        async changes(cursor, ...rest) {
          try {
            return await partnerCenter.changes(cursor, ...rest);
          } catch (error) {
            if (!(error instanceof RemoteError)) throw error;
            return {
              referrals: [],
              next: cursor ?? '{"through":0}',
              serverTime: dependencies.now().toISOString(),
              complete: false,
            };
          }
        },
      })),
  },
  {
    name: 'reads the opportunities of another connection',
    breaks: 'G13',
    hint: 17,
    sabotage: (dependencies, { neighbour }) =>
      withLedger(dependencies, {
        opportunities: (ids) => next(neighbour, dependencies).ledger.opportunities(ids),
        due: (now, limit) => next(neighbour, dependencies).ledger.due(now, limit),
        linksByOpportunity: (ids) => next(neighbour, dependencies).ledger.linksByOpportunity(ids),
      }),
  },
  {
    name: 'commits to another connection as well',
    breaks: 'G13',
    hint: 6,
    sabotage: (dependencies, { neighbour }) =>
      withLedger(dependencies, {
        async commit(changes) {
          await dependencies.ledger.commit(changes);
          await neighbour?.ledger.commit({ meta: { 'feed-shows-siblings': null } });
        },
      }),
  },
];
