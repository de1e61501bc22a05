/** What nobody edits in these histories must stay as it was: a write of the daemon that changes it made it up. */
import type { JsonObject } from '../../../../src/sandbox/partner-center/index.ts';
import type { WireHistory } from '../simulate.ts';

function valueAt(body: JsonObject, ...path: readonly string[]): unknown {
  let value: unknown = body;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

const UNEDITED = [
  ['details', 'currency'],
  ['details', 'requirements', 'solutions'],
  ['name'],
  ['customerProfile', 'name'],
] as const;

/** What amounts are in where the CRM has no column for their currency. */
const ONE_CURRENCY = 'USD';

/** G2: no amount may stand in an org of one currency as the same number of another one. */
export function checkCurrencies({ place, violations }: WireHistory): void {
  if (place.desk.kind !== 'salesforce') return;
  const referrals = new Map(place.referrals().map((referral) => [String(referral.id), referral]));
  for (const id of place.opportunities()) {
    const referral = referrals.get(place.referralOf(id));
    const { amount } = place.atCrm(id);
    if (referral === undefined || amount === null || amount !== place.atPartner(referral).amount) continue;
    const currency = valueAt(referral, 'details', 'currency');
    if (currency !== ONE_CURRENCY)
      violations.push(`G2 opportunity ${id} holds ${amount} ${String(currency)} as ${ONE_CURRENCY}`);
  }
}

/** G2: no update may change a value that no person has changed on either side. */
export function checkUntouched({ place, violations }: WireHistory): void {
  for (const { by, id, before, after } of place.sandbox.partnerCenter.writeLog) {
    if (by !== 'api' || before === null) continue;
    // A currency goes with its amount: whoever changed that in the CRM meant it in the CRM's currency.
    const isAmountNew = valueAt(before, 'details', 'dealValue') !== valueAt(after, 'details', 'dealValue');
    for (const path of UNEDITED) {
      if (isAmountNew && path[1] === 'currency') continue;
      const [was, is] = [valueAt(before, ...path), valueAt(after, ...path)].map((value) =>
        JSON.stringify(value),
      );
      if (was !== is)
        violations.push(
          `G2 ${path.join('.')} of referral ${id} went from ${was} to ${is}, which nobody asked for`,
        );
    }
  }
}
