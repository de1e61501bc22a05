/** What becomes of registrations: each is what a seller asked for, the CRM shows its state, or an item says why not. */
import type { WireHistory } from '../simulate.ts';

export async function checkRegistrations({
  place,
  people,
  belongings,
  violations,
  scenario,
}: WireHistory): Promise<void> {
  if (!scenario.circumstances.registers) return;
  const items = await belongings.state.ledger.attention({ state: 'open' });
  const opportunityOf = new Map(place.opportunities().map((id) => [place.referralOf(id), id]));
  for (const referral of place.referrals()) {
    const id = String(referral.id);
    const opportunityId = opportunityOf.get(id);
    const status = typeof referral.registrationStatus === 'string' ? referral.registrationStatus : 'None';
    const isRegistered = Array.isArray(referral.registrations) && referral.registrations.length > 0;
    if (opportunityId === undefined || !place.toRegister(opportunityId)) {
      if (isRegistered) violations.push(`G14 referral ${id} was registered, which nobody asked for`);
      continue;
    }
    const isTold = items.some(
      ({ opportunityId: about, fields }) =>
        about === opportunityId && (fields.length === 0 || fields.includes('registration')),
    );
    if (place.atPartner(referral).state !== 'Won') continue;
    if (!isRegistered) {
      if (!isTold) violations.push(`G1 referral ${id} was never registered, and nothing says why`);
      continue;
    }
    if (status === 'ActionRequired' && !isTold)
      violations.push(`G1 the registration of ${id} waits for a correction, and nothing says so`);
    if (place.registrationAtCrm(opportunityId) !== status)
      violations.push(
        `G1 the CRM shows ${place.registrationAtCrm(opportunityId) ?? 'nothing'} of the registration of ${id}, which is ${status}`,
      );
    const start = /"startDateTime":"(\d{4}-\d{2}-\d{2})/u.exec(JSON.stringify(referral.registrations))?.[1];
    if (start === undefined || people.contractStarts.get(opportunityId)?.has(start) !== true)
      violations.push(`G2 the registration of ${id} begins on ${start ?? 'no day'}, which nobody said`);
  }
}
