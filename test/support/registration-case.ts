/** A won deal that may be registered, what a test changes of it, and what is judged and decided about it. */
import type { Deal } from '../../src/core/deal.ts';
import { decideRegistration } from '../../src/core/decide-registration.ts';
import { toDeal } from '../../src/core/mapping.ts';
import type { Mapping } from '../../src/core/mapping-types.ts';
import type { CrmValue, Referral } from '../../src/core/ports.ts';
import { assessRegistration } from '../../src/core/registration.ts';
import type { HeldRegistration } from '../../src/core/registration-values.ts';
import type { Link } from '../../src/core/store-port.ts';
import { link, NOW, opportunity, referral, SOLUTION, timing } from './builders.ts';
import { REGISTRABLE, registering } from './registration.ts';

export interface RegistrationCase {
  readonly crm?: Readonly<Record<string, CrmValue>>;
  readonly deal?: Deal;
  readonly referral?: Partial<Referral>;
  readonly link?: Partial<Link>;
  readonly mapping?: Mapping;
}

export const microsoft = (state: string, createdAt = '2026-11-01T10:00:00Z'): Partial<Link> => ({
  siblings: [
    {
      id: '44444444-0000-4000-8000-000000000001' as Referral['id'],
      organizationId: 'msft',
      state,
      createdAt,
    },
  ],
});

export function inputOf(made: RegistrationCase) {
  const mapping = made.mapping ?? registering();
  const record = opportunity({ ...REGISTRABLE, ...made.crm });
  return {
    link: link(null, made.link),
    opportunity: record,
    mapped: toDeal(record, mapping),
    referral: referral(
      { state: 'Won', visibleToMicrosoft: true, ...made.deal },
      { closedAt: '2026-11-19T10:00:00.5Z', ...made.referral },
    ),
    mapping,
  };
}
export const assess = (made: RegistrationCase = {}) => assessRegistration({ ...inputOf(made), now: NOW });
export const decide = (made: RegistrationCase = {}) =>
  decideRegistration({ ...inputOf(made), timing: timing() });
export const lineOf = (rule: string, made: RegistrationCase = {}) =>
  assess(made)?.lines.find((line) => line.rule === rule);

export const HELD: HeldRegistration = {
  contractValue: '84000.00',
  contractCurrency: 'USD',
  signDate: '2026-11-18',
  startDate: '2026-11-19',
  endDate: '2027-11-18',
  term: 'Finite',
  solutionId: SOLUTION,
  solutionValue: '84000',
  solutionCurrency: 'USD',
  deployedOnAzure: true,
  primaryDeploymentOn: 'Customer',
  pricingModel: 'Other',
  marketplaceTransacted: false,
  marketplaceTransactionDate: null,
};
export const reviewed = (
  status: string,
  values: HeldRegistration = HELD,
  statusReason: string | null = null,
) => ({
  registrationStatus: status,
  registrations: [{ status, statusReason, values }],
});
