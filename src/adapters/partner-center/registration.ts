/** Deal registrations on the wire: how they are read, and the JSON Patch that makes or corrects one. Pure. */
import { Decimal } from 'decimal.js';
import { RemoteError } from '../../core/errors.ts';
import type {
  HeldRegistration,
  Registration,
  RegistrationField,
  RegistrationWrite,
} from '../../core/registration-values.ts';
import type { ReferralPayload } from './schema.ts';
import { canonicalTextOf } from './text.ts';
import { calendarDay, sortableTimestamp } from './timestamps.ts';
import type { PatchOperation } from './writing.ts';

/** The only kind of registration there is. */
const TYPE = 'AzureIPCoSell';

/** Where each value stands below a registration. The contract's currency and the solution's id cannot be changed. */
const PATHS: Readonly<Record<RegistrationField, string>> = {
  contractValue: 'contract/value',
  contractCurrency: 'contract/currency',
  signDate: 'contract/signDateTime',
  startDate: 'contract/startDateTime',
  endDate: 'contract/endDateTime',
  term: 'contract/term',
  solutionId: 'solutionDetails/0/id',
  solutionValue: 'solutionDetails/0/value',
  solutionCurrency: 'solutionDetails/0/currency',
  deployedOnAzure: 'solutionDetails/0/isDeployedOnAzure',
  primaryDeploymentOn: 'solutionDetails/0/primaryDeploymentOn',
  pricingModel: 'solutionDetails/0/pricingModel',
  marketplaceTransacted: 'solutionDetails/0/marketplaceTransactionDetails/isMarketplaceTransacted',
  marketplaceTransactionDate:
    'solutionDetails/0/marketplaceTransactionDetails/marketplaceTransactionDateTime',
};
const DATES: ReadonlySet<RegistrationField> = new Set([
  'signDate',
  'startDate',
  'endDate',
  'marketplaceTransactionDate',
]);
const AMOUNTS: ReadonlySet<RegistrationField> = new Set(['contractValue', 'solutionValue']);

/**
 * The JSON Patch for a registration. Corrections replace what is there and add what is not.
 * @throws RemoteError `rejected` for an amount that a JSON number cannot hold
 */
export function toRegistrationPatch(write: RegistrationWrite): readonly PatchOperation[] {
  if (write.type === 'correct') {
    const fields = Object.keys(write.changes) as RegistrationField[];
    return fields.map((field) => ({
      op: (write.before[field] ?? null) === null ? 'add' : 'replace',
      path: `/registrations/0/${PATHS[field]}`,
      value: toWire(field, write.changes[field] ?? null),
    }));
  }
  const { values } = write;
  const wire = (field: RegistrationField): unknown => toWire(field, values[field]);
  const isTransacted = values.marketplaceTransacted;
  const value = {
    type: TYPE,
    contract: {
      currency: values.contractCurrency,
      value: wire('contractValue'),
      signDateTime: wire('signDate'),
      startDateTime: wire('startDate'),
      ...(values.endDate === null ? {} : { endDateTime: wire('endDate') }),
      term: values.term,
    },
    solutionDetails: [
      {
        id: values.solutionId,
        currency: values.solutionCurrency,
        value: wire('solutionValue'),
        isDeployedOnAzure: values.deployedOnAzure,
        primaryDeploymentOn: values.primaryDeploymentOn,
        pricingModel: values.pricingModel,
        marketplaceTransactionDetails: {
          isMarketplaceTransacted: isTransacted,
          ...(isTransacted && values.marketplaceTransactionDate !== null
            ? { marketplaceTransactionDateTime: wire('marketplaceTransactionDate') }
            : {}),
        },
      },
    ],
  };
  return [{ op: 'add', path: '/registrations/-', value }];
}

/** A day goes out as midnight UTC: noon of today would lie ahead, and a signature must not. */
function toWire(field: RegistrationField, value: string | boolean | null): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (DATES.has(field)) return `${value}T00:00:00Z`;
  return AMOUNTS.has(field) ? toNumber(value) : value;
}

function toNumber(amount: string): number {
  const number = Number(amount);
  if (Number.isFinite(number) && new Decimal(number).equals(amount)) return number;
  throw new RemoteError(
    'The value cannot be sent with the registration: it has more digits than a JSON number holds. Correct it in the CRM.',
    { code: 'rejected', system: 'partnerCenter', fields: ['registration'] },
  );
}

type WireRegistration = NonNullable<ReferralPayload['registrations']>[number];

/** The registrations that an answer shows; undefined when it shows none, which does not mean that there is none. */
export function readRegistrations(
  registrations: ReferralPayload['registrations'],
  timeZone: string,
): readonly Registration[] | undefined {
  if (registrations === undefined || registrations.length === 0) return undefined;
  return registrations.map((registration) => ({
    status: registration.status ?? null,
    statusReason: canonicalTextOf(registration.statusReason) ?? null,
    values: valuesOf(registration, timeZone),
  }));
}

function valuesOf({ contract, solutionDetails }: WireRegistration, timeZone: string): HeldRegistration {
  const solution = solutionDetails?.[0];
  const transaction = solution?.marketplaceTransactionDetails;
  const day = (raw: string | null | undefined): string | null | undefined =>
    typeof raw === 'string' ? dayOf(raw, timeZone) : raw;
  const values: Readonly<Record<RegistrationField, string | boolean | null | undefined>> = {
    contractValue: contract?.value,
    contractCurrency: contract?.currency,
    signDate: day(contract?.signDateTime),
    startDate: day(contract?.startDateTime),
    endDate: day(contract?.endDateTime),
    term: contract?.term,
    solutionId: solution?.id,
    solutionValue: solution?.value,
    solutionCurrency: solution?.currency,
    deployedOnAzure: solution?.isDeployedOnAzure,
    primaryDeploymentOn: solution?.primaryDeploymentOn,
    pricingModel: solution?.pricingModel,
    marketplaceTransacted: transaction?.isMarketplaceTransacted,
    marketplaceTransactionDate: day(transaction?.marketplaceTransactionDateTime),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const MIDNIGHT_UTC = /T00:00:00\.0000000Z$/;

/** Midnight UTC is how we write a day; everything else is an instant of the partner's own calendar. */
function dayOf(raw: string, timeZone: string): string | null {
  const sortable = sortableTimestamp(raw);
  if (sortable !== null && MIDNIGHT_UTC.test(sortable)) return sortable.slice(0, 10);
  return calendarDay(raw, timeZone);
}
