/** Ways to break one part of a daemon and leave the rest as it is. */
import type { FieldName } from '../../../src/core/deal.ts';
import type { FieldMapping } from '../../../src/core/mapping-types.ts';
import type { PartnerCenter, Referral } from '../../../src/core/ports.ts';
import type { Ledger, LedgerChanges } from '../../../src/core/store-port.ts';
import type { EngineDependencies } from '../../../src/engine/dependencies.ts';
import type { RunInput } from '../../../src/engine/run.ts';
import type { Sabotage } from '../daemon.ts';
import type { Disk } from '../disk.ts';

export interface Mutant {
  /** What this daemon does wrong, as the end of a sentence that begins with "a daemon that". */
  readonly name: string;
  /** The guarantee that must be seen broken. */
  readonly breaks: string;
  /** A seed that is known to show it, looked at first. */
  readonly hint: number;
  readonly sabotage?: Sabotage;
  readonly sabotageDisk?: (disk: Disk) => Disk;
  readonly sabotageInput?: Partial<RunInput>;
}

export function onCommit(
  dependencies: EngineDependencies,
  change: (changes: LedgerChanges) => LedgerChanges,
): EngineDependencies {
  const { ledger } = dependencies;
  return { ...dependencies, ledger: { ...ledger, commit: (changes) => ledger.commit(change(changes)) } };
}

export function withLedger(dependencies: EngineDependencies, parts: Partial<Ledger>): EngineDependencies {
  return { ...dependencies, ledger: { ...dependencies.ledger, ...parts } };
}

export function withPartnerCenter(
  dependencies: EngineDependencies,
  parts: (partnerCenter: PartnerCenter) => Partial<PartnerCenter>,
): EngineDependencies {
  const { partnerCenter } = dependencies;
  return { ...dependencies, partnerCenter: { ...partnerCenter, ...parts(partnerCenter) } };
}

export function withField(
  dependencies: EngineDependencies,
  name: FieldName,
  change: Partial<FieldMapping>,
): EngineDependencies {
  const { mapping } = dependencies;
  const fields = mapping.fields.map((field) => (field.field === name ? { ...field, ...change } : field));
  return { ...dependencies, mapping: { ...mapping, fields } };
}

/** Shows closed deals as open. */
export function reopened(referral: Referral): Referral {
  const { state } = referral.deal;
  return state === 'Won' || state === 'Lost'
    ? { ...referral, deal: { ...referral.deal, state: 'Accepted' } }
    : referral;
}
