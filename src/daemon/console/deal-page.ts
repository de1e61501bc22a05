/** Everything about one record for its own page: what `explain` tells, Microsoft's answer, and the row of the list. */
import { answerText, isWaiting, microsoftAnswer } from '../../core/microsoft-answer.ts';
import { type DealRow, toDealRow } from '../../views/deal-rows.ts';
import { REGISTRATION_NEXT } from '../../views/explained-registration.ts';
import { type Explanation, explainRecord } from '../../views/explanation.ts';
import { findIn, idsIn } from '../../views/find-record.ts';
import { viewPairs } from '../../views/pair-view.ts';
import { type ShownItem, toShownItem } from './attention.ts';
import type { ConsoleConnection } from './dependencies.ts';
import { ConsoleError } from './errors.ts';

export interface DealPageModel extends Omit<Explanation, 'attention' | 'registration'> {
  readonly row: DealRow | null;
  readonly microsoft: {
    readonly stand: string;
    /** The answer in words. */
    readonly text: string;
    readonly waiting: boolean;
    readonly until: string | null;
  } | null;
  readonly registration: (NonNullable<Explanation['registration']> & { readonly nextText: string }) | null;
  readonly attention: readonly ShownItem[];
  /** Decisions about this pair that are not about one field. */
  readonly decisions: readonly Explanation['fields'][number]['history'][number][];
}

/** @throws ConsoleError 404 when the connection does not know the record, 400 when the text is no id */
export async function dealPage(connection: ConsoleConnection, id: string, now: Date): Promise<DealPageModel> {
  const { config, hashOf } = connection;
  const ledger = await connection.ledger();
  const ids = idsOf(id);
  const found = await findIn(ledger, ids);
  if (found === null) {
    throw new ConsoleError(
      404,
      'unknown-deal',
      `${config.name} does not know ${id}: it was not read yet, or the mapping's filter does not select it.`,
    );
  }
  const explained = await explainRecord(
    { ...found, connection: config, ledger },
    { hashOf, now, only: null },
  );
  const { link, referral } = found;
  const [view] = link === null ? [] : await viewPairs(ledger, [link], config.mapping, hashOf);
  const siblings = await ledger.referrals(link?.siblings.map((sibling) => sibling.id) ?? []);
  const answer = microsoftAnswer(
    [...siblings.values()].map(({ record }) => record),
    now.toISOString(),
  );
  const { opportunityId, referralId } = explained;
  const history = await ledger.history({
    ...(found.link === null ? {} : { opportunityId: found.link.opportunityId }),
    ...(referral === null ? {} : { referralId: referral.id }),
  });
  const fields = new Set<string>(explained.fields.map(({ field }) => field));
  const items = await ledger.attentionAbout({
    opportunityIds: found.opportunity === null ? [] : [found.opportunity.id],
    referralIds: referral === null ? [] : [referral.id],
  });
  return {
    ...explained,
    opportunityId,
    referralId,
    row: view === undefined ? null : toDealRow(config.name, view, now),
    microsoft:
      answer === null
        ? null
        : { stand: answer.stand, text: answerText(answer), waiting: isWaiting(answer), until: answer.until },
    registration:
      explained.registration === null
        ? null
        : { ...explained.registration, nextText: REGISTRATION_NEXT[explained.registration.next] },
    attention: await Promise.all(items.map((item) => toShownItem({ connection: config.name, ledger }, item))),
    decisions: history.filter(({ field }) => !fields.has(field) && !field.startsWith('registration.')),
  };
}

function idsOf(text: string): ReturnType<typeof idsIn> {
  try {
    return idsIn(text);
  } catch (error) {
    throw new ConsoleError(400, 'no-id', error instanceof Error ? error.message : String(error));
  }
}
