/** An org on a clock that stands still, and rows to begin with. */
import { createClock, type SandboxClock } from '../../../../src/sandbox/kernel/clock.ts';
import {
  createOrg,
  type OrgUser,
  SalesforceError,
  type SalesforceOrg,
} from '../../../../src/sandbox/salesforce/index.ts';
import type { JsonRecord } from '../../../../src/sandbox/salesforce/values.ts';

export const NOW = new Date('2026-11-20T18:00:00Z');

export interface Fixture {
  readonly clock: SandboxClock;
  readonly org: SalesforceOrg;
  readonly admin: OrgUser;
}

export function createFixture(): Fixture {
  const clock = createClock(NOW);
  const org = createOrg({ clock });
  return { clock, org, admin: org.as(org.adminUserId) };
}

/** Creates an opportunity with what it must have. */
export function createOpportunity(user: OrgUser, values: JsonRecord = {}): string {
  return user.create('Opportunity', {
    Name: 'Alder - pilot',
    StageName: 'Prospecting',
    CloseDate: '2026-12-31',
    ...values,
  });
}

/** Codes and messages of a refusal. */
export function refusalOf(call: () => unknown): { codes: string[]; messages: string[]; status: number } {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return {
      codes: error.items.map(({ code }) => code),
      messages: error.items.map(({ message }) => message),
      status: error.status,
    };
  }
  throw new Error('The call was expected to be refused.');
}
