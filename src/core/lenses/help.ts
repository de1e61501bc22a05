/** The help asked of Microsoft: labels in the CRM, codes on the wire, numbers in the bulk upload file. */
import { HELP_CODES, type HelpCode } from '../deal.ts';

/** Labels as Microsoft's connector writes them. The bulk upload file numbers them in this order, from 1. */
const LABELS = {
  WorkloadSpecificValueProposition: 'Workload Specific Value Proposition',
  CustomerTechnicalArchitecture: 'Customer Technical Architecture',
  ProofOfConceptOrDemo: 'Proof Of Concept or Demo',
  QuotesOrLicensing: 'Quotes or Licensing',
  PostSalesCustomerSuccess: 'Post Sales Customer Success',
  GeneralOrOther: 'General or Other',
} as const satisfies Record<HelpCode, string>;

/** Ways to say that no help is asked; `Unknown` is what Partner Center returns for such deals. */
const NO_HELP: ReadonlySet<string> = new Set([
  '',
  'unknown',
  'none',
  'no',
  'false',
  'nohelp',
  'nohelprequired',
]);

function keyOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[/|&]/g, ' or ')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const BY_KEY: ReadonlyMap<string, HelpCode> = new Map(
  HELP_CODES.flatMap((code, index) => [
    [keyOf(code), code] as const,
    [keyOf(LABELS[code]), code] as const,
    [String(index + 1), code] as const,
  ]),
);

/**
 * Reads the help asked for from a label or a code (whatever the case, blanks and punctuation) or a bulk upload
 * number, 1 to 6.
 *
 * @returns null when no help is asked; undefined when the text is none of the known kinds.
 */
export function parseHelp(value: unknown): HelpCode | null | undefined {
  if (value === null || value === undefined || value === false) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const key = keyOf(String(value));
  return NO_HELP.has(key) ? null : BY_KEY.get(key);
}

/** The label of a help code, as Microsoft's connector writes it. */
export function helpLabel(code: HelpCode): string {
  return LABELS[code];
}

/** Whether a value is one of the codes on the wire. */
export function isHelpCode(value: unknown): value is HelpCode {
  return (HELP_CODES as readonly unknown[]).includes(value);
}
