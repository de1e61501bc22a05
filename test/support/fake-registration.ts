/** Deal registrations of the in-memory Partner Center: who may register what and when, and Microsoft's review. */
import type { Referral } from '../../src/core/ports.ts';
import { CORRECTABLE, type RegistrationWrite } from '../../src/core/registration-values.ts';

/** What Partner Center would have against a registration, or null. */
export function registrationProblem(
  { id, deal, registrations = [] }: Referral,
  write: RegistrationWrite,
): string | null {
  if (deal.state !== 'Won') return `registration of ${id}, which is ${deal.state}`;
  if (write.type === 'register') {
    if (registrations.length > 0) return `second registration of ${id}`;
    return deal.visibleToMicrosoft === true ? null : `registration of the private deal ${id}`;
  }
  if (registrations[0]?.status !== 'ActionRequired') return `correction of ${id} when none is asked for`;
  const frozen = Object.keys(write.changes).filter(
    (field) => !([...CORRECTABLE] as string[]).includes(field),
  );
  return frozen.length === 0 ? null : `correction of ${frozen.join(', ')} of ${id}`;
}

/** The referral after a registration or a correction. */
export function registered(found: Referral, write: RegistrationWrite): Referral {
  const values =
    write.type === 'register' ? write.values : { ...found.registrations?.[0]?.values, ...write.changes };
  return {
    ...found,
    registrationStatus: 'ReviewPending',
    registrations: [{ status: 'ReviewPending', statusReason: null, values: { ...values } }],
  };
}

/** What a review changes. */
export function reviewed(
  { registrations = [] }: Referral,
  status: string,
  statusReason: string | null,
): Pick<Referral, 'registrationStatus' | 'registrations'> {
  return {
    registrationStatus: status,
    ...(registrations.length === 0
      ? {}
      : { registrations: registrations.map((registration) => ({ ...registration, status, statusReason })) }),
  };
}
