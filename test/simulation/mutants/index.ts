/** Daemons broken on purpose, some for each guarantee: a checker that lets one of them pass proves nothing about the real one. */
import { CARRYING_MUTANTS } from './carrying.ts';
import { GUARDING_MUTANTS } from './guarding.ts';
import { SHOWING_MUTANTS } from './showing.ts';
import type { Mutant } from './tools.ts';

export type { Mutant };

export const MUTANTS: readonly Mutant[] = [...CARRYING_MUTANTS, ...GUARDING_MUTANTS, ...SHOWING_MUTANTS];
