/** What must hold once the kills stop, looked up in the stand-ins and in the ledger itself. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Workplace } from '../../test/cli/command-line.ts';
import { type CampaignPlace, type EditedField, referralValue, type Scalar } from './sides.ts';
import type { Edit, Users } from './users.ts';

const FIELDS: readonly EditedField[] = ['amount', 'notes', 'closeDate'];
const Report = z.object({
  runs: z.array(z.looseObject({ outcome: z.string(), wrote: z.record(z.string(), z.number()) })).length(1),
});
const MAX_RUNS = 6;

/** Lets the command come to rest and says what is wrong then; nothing is as it should be. */
export async function settleAndJudge(at: CampaignPlace, users: Users): Promise<readonly string[]> {
  const wrong = await rest(at.place);
  const notes = readLedger(at.place);
  return [
    ...wrong,
    ...notes.problems,
    ...duplicates(at),
    ...disagreements(at, users, notes.conflicts),
    ...lostEdits(at, users, notes.text),
    ...wins(at, users),
    ...at.place.sandbox.partnerCenter.illegalCalls.map(
      ({ method, id, rule }) => `An illegal ${method} of ${id ?? 'a new referral'} was sent (${rule}).`,
    ),
  ];
}

/** Runs until a run writes nothing; then one more must be as silent. */
async function rest(place: Workplace): Promise<readonly string[]> {
  const writes = (): number =>
    place.sandbox.journal.entries.filter(({ write, data }) => write && data).length;
  for (let round = 0; round < MAX_RUNS; round += 1) {
    const before = writes();
    const { code, document, stderr } = await place.json('sync');
    const parsed = Report.safeParse(document);
    if ((code !== 0 && code !== 3) || !parsed.success)
      return [`A run at rest ended with ${code}: ${stderr.trim() || JSON.stringify(document)}`];
    if (round > 0 && writes() === before) return [];
  }
  return [`${MAX_RUNS} runs after the last edit there is still something to write.`];
}

function readLedger({ stateDir }: Workplace): {
  readonly problems: readonly string[];
  readonly text: string;
  readonly conflicts: readonly string[];
} {
  const ledger = new DatabaseSync(join(stateDir, 'ledger.db'), { readOnly: true });
  try {
    const verdict = String(ledger.prepare('PRAGMA integrity_check').get()?.integrity_check);
    const column = (sql: string): readonly string[] =>
      ledger
        .prepare(sql)
        .all()
        .map(({ text }) => String(text));
    const open = column(
      "SELECT opportunity_id AS text FROM attention WHERE state = 'open' AND opportunity_id IS NOT NULL",
    );
    const text = [
      ...column('SELECT item AS text FROM attention'),
      ...column('SELECT entry AS text FROM history'),
    ];
    const intents = column('SELECT intent AS text FROM intents');
    return {
      text: text.join('\n'),
      conflicts: open,
      problems: [
        ...(verdict === 'ok' ? [] : [`The ledger is damaged: ${verdict}`]),
        ...intents.map((intent) => `An intent is left open: ${intent.slice(0, 200)}`),
      ],
    };
  } finally {
    ledger.close();
  }
}

/** G3: one own referral an opportunity, one opportunity a referral, and both name each other. */
function duplicates({ place, crm }: CampaignPlace): readonly string[] {
  const wrong: string[] = [];
  const byTag = new Map<string, string[]>();
  for (const { id, organizationId, externalReferenceId } of place.sandbox.partnerCenter.referrals()) {
    const tag = String(externalReferenceId ?? '');
    if (organizationId !== 'msft' && tag !== '') byTag.set(tag, [...(byTag.get(tag) ?? []), String(id)]);
  }
  for (const [tag, ids] of byTag) {
    if (ids.length !== 1) wrong.push(`Opportunity ${tag} has ${ids.length} referrals: ${ids.join(', ')}.`);
    if (crm.referralOf(tag) !== ids[0])
      wrong.push(`Opportunity ${tag} does not name its referral ${ids[0]}.`);
  }
  const byReferral = new Map<string, string[]>();
  for (const id of crm.tagged()) {
    const referral = crm.referralOf(id);
    byReferral.set(referral, [...(byReferral.get(referral) ?? []), id]);
  }
  for (const [referral, ids] of byReferral)
    if (ids.length !== 1)
      wrong.push(`Referral ${referral} has ${ids.length} opportunities: ${ids.join(', ')}.`);
  return wrong;
}

/** G1: both sides say the same, unless a person has been asked. */
function disagreements(
  { place, crm }: CampaignPlace,
  users: Users,
  asked: readonly string[],
): readonly string[] {
  const wrong = users.inbound.flatMap((id) =>
    crm.tagged().some((opportunity) => crm.referralOf(opportunity) === id)
      ? []
      : [`The received deal ${id} has no opportunity.`],
  );
  for (const id of crm.shared()) {
    const referralId = crm.referralOf(id);
    if (referralId === '' || asked.includes(id)) continue;
    for (const field of FIELDS) {
      const [left, right] = [crm.get(id, field), referralValue(place, referralId, field)];
      if (left !== right) wrong.push(`${field} of ${id} and ${referralId} differ: ${left} and ${right}.`);
    }
  }
  return wrong;
}

/** G2: an edit stands, or a later one took its place, or the ledger names it. */
function lostEdits({ place, crm }: CampaignPlace, users: Users, told: string): readonly string[] {
  return users.edits.flatMap((edit, index) => {
    const standing: readonly Scalar[] = [
      crm.get(edit.opportunityId, edit.field),
      referralValue(place, edit.referralId, edit.field),
    ];
    if (standing.includes(edit.value) || isSuperseded(edit, users.edits.slice(index + 1))) return [];
    if (told.includes(String(edit.value))) return [];
    const all = users.edits.filter(
      ({ opportunityId, field }) => opportunityId === edit.opportunityId && field === edit.field,
    );
    const trail = all.map(({ side, replaced, value }) => `${side}: ${replaced} -> ${value}`).join(', ');
    return [
      `The ${edit.side} edit of ${edit.field} of ${edit.opportunityId} to ${edit.value} is lost; it ended as ${standing.join(' and ')} (${trail}).`,
    ];
  });
}

function isSuperseded(edit: Edit, later: readonly Edit[]): boolean {
  return later.some(
    ({ opportunityId, field, replaced }) =>
      opportunityId === edit.opportunityId && field === edit.field && replaced === edit.value,
  );
}

/** A deal that was won is won on both sides, and no other is. */
function wins({ place, crm }: CampaignPlace, users: Users): readonly string[] {
  return crm.tagged().flatMap((id) => {
    const { status, substatus } = place.sandbox.partnerCenter.referral(crm.referralOf(id));
    const isClosed = status === 'Closed';
    if (users.won.has(id) && !(isClosed && substatus === 'Won'))
      return [`Deal ${id} was won and is ${status}.`];
    if (!users.won.has(id) && isClosed) return [`Deal ${id} was closed by nobody.`];
    return [];
  });
}
