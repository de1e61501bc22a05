/** Proposals and adopted pairs as a person reads them. */
import type { Adoption } from '../engine/adopt.ts';
import type { Offer, OfferedPair } from '../engine/offer-pairs.ts';
import { inWords } from './adopt-csv.ts';
import { count, displayValue, type Paint, type Style, wrap } from './format.ts';

interface ReportOptions {
  readonly paint: Paint;
  readonly width: number;
}

const STYLES: Readonly<Record<OfferedPair['confidence'], Style>> = {
  high: 'green',
  medium: 'yellow',
  low: 'red',
};

/** The proposals of one connection, the surest first. */
export function renderOffer(connection: string, { pairs, alone }: Offer, options: ReportOptions): string {
  const { paint } = options;
  const title = paint('bold', connection);
  const rest = `${count(alone.opportunities, 'opportunity')} and ${count(alone.referrals, 'deal')} without a tag have no likely counterpart.`;
  if (pairs.length === 0) return `${title}: no pair to propose. ${rest}\n`;
  const unclear = pairs.filter(({ ambiguous }) => ambiguous).length;
  const note = unclear === 0 ? '' : ` ${unclear} of them ambiguous.`;
  return [
    `${title}: ${count(pairs.length, 'pair')} proposed; nothing is linked.${note} ${rest}\n\n`,
    ...pairs.map((pair) => renderPair(pair, options)),
    '\nNext: cosell-sync adopt --csv FILE to answer them in a spreadsheet, or adopt --accept OPPORTUNITY=REFERRAL.\n',
  ].join('');
}

function renderPair(pair: OfferedPair, { paint, width }: ReportOptions): string {
  const { confidence, ambiguous, opportunityId, referralId, opportunityName, referralName, customer } = pair;
  const names = [opportunityName, referralName]
    .map((name) => displayValue(name))
    .filter((name, index, all) => all.indexOf(name) === index);
  const sure = paint(STYLES[confidence], confidence.padEnd(6));
  const lines = [
    `${sure}  ${opportunityId} = ${referralId}${ambiguous ? paint('red', '  ambiguous') : ''}`,
    wrap(`${names.join(' / ')} (${displayValue(customer)})`, width, '        '),
    wrap(`because: ${pair.reasons.join(', ')}`, width, '        '),
  ];
  if (pair.disagreements.length > 0)
    lines.push(wrap(`but: ${pair.disagreements.map(inWords).join('; ')}`, width, '        '));
  return `${lines.join('\n')}\n`;
}

/** What became of accepted pairs. */
export function renderAdoption(
  connection: string,
  { linked, refused, unchanged }: Adoption,
  { paint, width }: ReportOptions,
): string {
  const differing = linked.filter(({ differs }) => differs.length > 0);
  const lines = [`${paint('bold', connection)}: ${count(linked.length, 'pair')} linked.`];
  if (unchanged > 0) lines.push(`${count(unchanged, 'pair')} linked already.`);
  if (differing.length > 0) {
    lines.push(
      `${count(differing.length, 'pair')} with differences, which wait for a decision; neither side was overwritten:`,
      ...differing.map(({ opportunityId, differs }) => `  ${opportunityId}  ${differs.join(', ')}`),
    );
  }
  if (refused.length > 0) {
    lines.push(
      paint('red', `${count(refused.length, 'pair')} refused:`),
      ...refused.map(({ line, opportunityId, referralId, reason }) =>
        wrap(`${line === null ? `${opportunityId}=${referralId}` : `line ${line}`}: ${reason}.`, width, '  '),
      ),
    );
  }
  if (linked.length > 0) lines.push('', 'Next: cosell-sync sync puts the ids on both sides.');
  return `${lines.join('\n')}\n`;
}
