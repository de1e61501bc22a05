/** The CRM of the benchmark's stand-ins: what is put into it, and what its people do between two runs. */
import type { SandboxSystem } from '../../src/sandbox/kernel/journal.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createDynamicsSide } from './dynamics-side.ts';
import type { CrmKind } from './protocol.ts';
import { createSalesforceSide } from './salesforce-side.ts';

/** One in so many shared opportunities asks Microsoft for help, which makes it a co-sell deal with two creates. */
export const CO_SELL_EVERY = 10;
export const SEED = 7;
export const MAPPED_PRODUCT = 'GTX Pro';
export const UNMAPPED_PRODUCT = 'A product without a solution';

/** A linked opportunity whose deal may be edited. */
export interface OpenOpportunity {
  readonly id: string;
  readonly amount: number;
  readonly referralId: string;
}

export interface CrmSide {
  /** Under which name the journal counts its requests. */
  readonly system: SandboxSystem;
  /** Makes up opportunities until there are enough open ones that lack nothing. @returns ids of those not shared yet */
  fill(flag: number, spare: number): readonly string[];
  /** Loads an export and shares its newest open opportunities. @returns ids of those not shared yet */
  load(exportDir: string, flag: number, spare: number): readonly string[];
  /** Linked open opportunities that ask for no help, in a fixed order. */
  open(): Iterable<OpenOpportunity>;
  setAmount(id: string, amount: number): void;
  /** Shares an opportunity whose product has no solution id. */
  flagUnshareable(id: string): void;
}

/** What the sandbox must be started with. */
export function sandboxFor(kind: CrmKind): SandboxOptions {
  return kind === 'dynamics' ? { dynamics: {} } : {};
}

export function createCrmSide(kind: CrmKind, { salesforce, dynamics }: Sandbox): CrmSide {
  if (kind === 'salesforce') return createSalesforceSide(salesforce);
  if (dynamics === null) throw new Error('The sandbox was started without Dynamics 365.');
  return createDynamicsSide(dynamics);
}

/** Splits opportunities that lack nothing into those shared and those for later. @throws Error when there are too few */
export function chooseShared(
  sound: readonly string[],
  flag: number,
  spare: number,
): { readonly shared: ReadonlySet<string>; readonly spare: readonly string[] } {
  const wanted = flag + spare;
  if (sound.length < wanted)
    throw new Error(`The sample has ${sound.length} of ${wanted} sound opportunities.`);
  return { shared: new Set(sound.slice(0, flag)), spare: sound.slice(flag, wanted) };
}
