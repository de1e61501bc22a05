/** A partner account's registration in memory, with whoever else registers there. */
import { RemoteError } from '../../src/core/errors.ts';
import type {
  RegistrationMemory,
  RememberedRegistration,
  WebhookRegistration,
  WebhookRegistrations,
} from '../../src/core/webhook-registration.ts';

export interface FakeAccount {
  readonly registrations: WebhookRegistrations;
  readonly memory: RegistrationMemory;
  current: WebhookRegistration | null;
  remembered: RememberedRegistration | null;
  /** Writes so far, in words. */
  readonly writes: string[];
  /** Called before a write is looked at. */
  beforeWrite: () => void;
  /** Events that the account has. */
  readonly known: string[];
  /** How tests fare, one state after the other. */
  readonly tests: ('delivered' | 'failed' | 'waiting')[];
}

const KNOWN = [
  'test-created',
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated',
  'invoice-ready',
];

export function createFakeAccount(current: WebhookRegistration | null = null): FakeAccount {
  const account: FakeAccount = {
    current,
    remembered: null,
    writes: [],
    beforeWrite() {},
    known: [...KNOWN],
    tests: [],
    memory: {
      load: async () => account.remembered,
      async save(remembered) {
        account.writes.push('remember');
        account.remembered = remembered;
      },
    },
    registrations: {
      listEvents: async () => account.known,
      find: async () => account.current,
      async create(registration) {
        account.beforeWrite();
        if (account.current !== null)
          throw new RemoteError('There is one already.', {
            code: 'version-conflict',
            system: 'partnerCenter',
          });
        account.writes.push('create');
        account.current = registration;
      },
      async replace(registration) {
        account.beforeWrite();
        account.writes.push('replace');
        account.current = registration;
      },
      startTest: async () => 'test-1',
      async findTest() {
        const state = account.tests.length > 1 ? account.tests.shift() : account.tests[0];
        return { state: state ?? 'waiting', detail: state === 'failed' ? 'the address answered 500' : null };
      },
    },
  };
  return account;
}
