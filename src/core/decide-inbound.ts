/** A referral without an opportunity: create one, leave it alone, or ask. */
import type { Policy } from './config-types.ts';
import type { Customer, Deal, FieldName } from './deal.ts';
import { specOf } from './fields.ts';
import { leftOut } from './left-out.ts';
import { toAlpha2 } from './lenses/country.ts';
import { canonicalText, decodeEntities } from './lenses/text.ts';
import { isOpen } from './lifecycle.ts';
import type { Mapping } from './mapping-types.ts';
import { type TextLimits, toAccountValues, toCrmChanges } from './mapping-write.ts';
import { type Decision, type Finding, NOTHING, plannedChanges } from './plan.ts';
import type { AccountCandidate, OpportunityDraft, Referral } from './ports.ts';
import type { FittingAccount } from './store-port.ts';
import { SLOW_RETRY_MINUTES, type Timing } from './timing.ts';

export interface InboundInput {
  readonly referral: Referral;
  readonly mapping: Mapping;
  readonly limits: TextLimits;
  /** Paths that the CRM is known to have no column for. */
  readonly lacking?: ReadonlySet<string>;
  readonly timing: Timing;
  readonly policy: Policy['inbound'];
  /** When this state was first made: deals older than that are left to adoption. */
  readonly stateCreatedAt: string;
  /** Accounts that the CRM found for the customer; null while nobody has looked. */
  readonly accounts: readonly AccountCandidate[] | null;
  /** What a person answered: an account's id, or `new`. */
  readonly chosenAccount?: string | null;
}

/** What a person answers who wants a new account. */
const NEW_ACCOUNT = 'new';

/** Leads are no deals: whoever wants them in the CRM says so. */
function isOfWantedCategory({ category }: Referral, policy: Policy['inbound']): boolean {
  if (category === 'deal') return true;
  return (category === 'lead' ? policy.leads : policy.marketplaceLeads) === true;
}

/** Whether a referral without opportunity is one to bring into the CRM (before any account is looked for). */
export function wantsOpportunity({
  referral,
  policy,
  stateCreatedAt,
}: Omit<InboundInput, 'accounts'>): boolean {
  return (
    policy.create &&
    isOfWantedCategory(referral, policy) &&
    !referral.isMicrosofts &&
    referral.malformed.length === 0 &&
    referral.tag.kind === 'none' &&
    isOpen(referral.deal) &&
    (referral.deal.state === 'Received' ||
      policy.existing === 'create' ||
      Date.parse(referral.createdAt) >= Date.parse(stateCreatedAt))
  );
}

/** The account an inbound deal belongs to: by D-U-N-S number, else by exact name, country and postal code. */
export type AccountChoice =
  | { readonly kind: 'existing'; readonly id: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly candidates: readonly AccountCandidate[] };

function sameText(a: string | null, b: string | null): boolean {
  const plain = (text: string | null): string | null =>
    text === null ? null : (canonicalText(decodeEntities(text))?.toLowerCase() ?? null);
  return plain(a) === plain(b);
}

/** Chooses among candidates; more than one that fits is a question for a person, never a pick. */
export function chooseAccount(customer: Customer, candidates: readonly AccountCandidate[]): AccountChoice {
  const byDuns = candidates.filter(({ duns }) => duns !== null && duns === customer.duns);
  const country = (text: string | null): string | null => {
    const said = canonicalText(text);
    if (said === null) return null;
    const read = toAlpha2(said);
    return 'code' in read ? read.code : said;
  };
  const byAddress = candidates.filter(
    (candidate) =>
      sameText(candidate.name, customer.name) &&
      country(candidate.country) === country(customer.address.country) &&
      sameText(candidate.postalCode, customer.address.postalCode),
  );
  const fitting = byDuns.length > 0 ? byDuns : byAddress;
  const [only] = fitting;
  if (only === undefined) return { kind: 'none' };
  return fitting.length === 1 ? { kind: 'existing', id: only.id } : { kind: 'several', candidates: fitting };
}

function withoutName({ name: _, ...account }: AccountCandidate): FittingAccount {
  return account;
}

const HOW_TO_ANSWER = '`cosell-sync attention resolve ITEM --account ID` (or `--account new`)';

/** Decides on a referral that no opportunity belongs to. */
export function decideInbound(input: InboundInput): Decision {
  const { referral, mapping, limits, timing, policy, accounts } = input;
  const finding = (
    kind: Finding['kind'],
    code: string,
    fields: readonly string[],
    message: string,
    fitting?: readonly AccountCandidate[],
  ): Decision => ({
    ...NOTHING,
    findings: [
      {
        key: `${kind}:${code}:${referral.id}`,
        kind,
        code,
        opportunityId: null,
        referralId: referral.id,
        fields,
        message,
        values: [],
        ...(fitting === undefined ? {} : { accounts: fitting.map(withoutName) }),
      },
    ],
    lookAgainAt: kind === 'parked' ? timing.after(SLOW_RETRY_MINUTES) : null,
  });
  if (referral.isMicrosofts || !isOfWantedCategory(referral, policy)) return NOTHING;
  if (referral.malformed.length > 0) {
    return finding(
      'parked',
      'malformed-referral',
      [],
      `Referral ${referral.id} cannot be relied on (${referral.malformed.join('; ')}); look at it in Partner Center.`,
    );
  }
  if (referral.tag.kind === 'foreign') {
    return finding(
      'notice',
      'foreign-tag',
      ['tag'],
      `Referral ${referral.id} carries a CRM id of another system; it is left alone.`,
    );
  }
  if (!isOpen(referral.deal) || !policy.create) return NOTHING;
  if (!wantsOpportunity(input)) {
    return finding(
      'notice',
      'not-adopted',
      [],
      `Referral ${referral.id} was there before the first run and carries no CRM id. \`cosell-sync adopt\` proposes its opportunity; nothing is linked or created by itself.`,
    );
  }
  const { customer } = referral.deal;
  if (customer === undefined || customer === null || customer.name === null) {
    return finding(
      'parked',
      'customer-missing',
      ['customer'],
      `Referral ${referral.id} names no customer, so no opportunity can be created for it; complete it in Partner Center.`,
    );
  }
  const { chosenAccount = null } = input;
  // A person's word goes before any search.
  const choice = chosenAccount === null ? chooseAccount(customer, accounts ?? []) : null;
  if (choice?.kind === 'several') {
    const list = choice.candidates.map(
      (candidate) =>
        `${candidate.id} (D-U-N-S ${candidate.duns ?? 'none'}, ${[candidate.postalCode, candidate.city, candidate.country].filter((part) => part !== null).join(' ')})`,
    );
    return finding(
      'parked',
      'account-ambiguous',
      ['customer'],
      `Referral ${referral.id}: several accounts fit its customer: ${list.join('; ')}. Choose one with ${HOW_TO_ANSWER}, merge them, or give the right one the customer's D-U-N-S number.`,
      choice.candidates,
    );
  }
  if (choice?.kind === 'none' && policy.accounts === 'match') {
    return finding(
      'parked',
      'account-missing',
      ['customer'],
      `Referral ${referral.id}: no account has its customer's D-U-N-S number, or its exact name, country and postal code; create the account, or set policy.inbound.accounts to create, or choose one with ${HOW_TO_ANSWER}.`,
    );
  }
  const { values, problems } = toCrmChanges(referral.deal, null, mapping, limits, input.lacking);
  const blocking = problems.find(({ field }) => field === 'state');
  if (blocking !== undefined)
    return finding('parked', blocking.code, ['state'], `Referral ${referral.id}: ${blocking.text}.`);
  const existingId = choice?.kind === 'existing' ? choice.id : chosenAccount;
  const draft: OpportunityDraft = {
    values: { ...values, ...solutionValues(referral.deal, mapping), ...inScopeValues(mapping) },
    referralId: referral.id,
    customer:
      existingId === null || existingId === NEW_ACCOUNT
        ? { create: { values: toAccountValues(customer, mapping) } }
        : { existingId },
  };
  const left = new Set(problems.map(({ field }) => specOf(field).group));
  const written = Object.fromEntries(
    Object.entries(referral.deal).filter(([field]) => !left.has(specOf(field as FieldName).group)),
  ) as Deal;
  return {
    ...NOTHING,
    findings: problems.map((problem) => leftOut(referral, problem)),
    actions: [
      {
        type: 'create-opportunity',
        opportunityId: null,
        referralId: referral.id,
        draft,
        irreversible: [],
        changes: plannedChanges({}, written),
        reason: `referral ${referral.id} came ${referral.origin === 'inbound' ? 'from Microsoft or a partner' : 'from Partner Center'} and has no opportunity yet`,
        order: `${referral.expiresAt ?? referral.updatedAt} ${referral.id}`,
      },
    ],
  };
}

/** The products of a new opportunity, where one column of its own names them; solutions without an entry are left out. */
function solutionValues({ solutions }: Deal, { solutions: mapping }: Mapping): Record<string, string> {
  const [from] = mapping.from;
  if (from === undefined || mapping.from.length > 1 || !('path' in from) || from.path.includes('.'))
    return {};
  const entries = Object.entries(mapping.catalogue);
  const names = solutions?.flatMap(({ id }) => entries.find(([, known]) => known === id)?.[0] ?? []) ?? [];
  return names.length === 0 ? {} : { [from.path]: names.join(';') };
}

/** A created opportunity must be one the filter selects: the filter's plain yes-conditions are set on it. */
function inScopeValues(mapping: Mapping): Record<string, boolean> {
  const values: Record<string, boolean> = {};
  const visit = (filter: Mapping['include']): void => {
    if (filter.type === 'and') for (const term of filter.terms) visit(term);
    if (filter.type === 'compare' && filter.operator === '=' && typeof filter.value === 'boolean')
      values[filter.column] = filter.value;
  };
  visit(mapping.include);
  return values;
}
