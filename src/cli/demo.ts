/** `demo`: the whole product on made-up data in under a minute, without any account. Leaves nothing running. */

import type { RunReport } from '../core/store-port.ts';
import { renderItem } from './attention-report.ts';
import { type Cast, chooseCast, type Demo, openDemo, type Pair } from './demo-stage.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { displayAmount, displayValue, type Paint, renderTable } from './format.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import { renderRun } from './run-report.ts';
import type { SandboxOptions, Services } from './services.ts';

const OPPORTUNITIES = 300;
const SEED = 7;

/** One row of the closing table: what was expected of the product, and what the servers say. */
interface Proof {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

/** Plays the demonstration. Exit code 1 when something did not arrive as it should. */
export async function demo(
  services: Services,
  { serve, crm }: { readonly serve: boolean; readonly crm: SandboxOptions['crm'] },
): Promise<ExitCode> {
  const running = await services.startSandbox({
    port: 0,
    crm,
    opportunities: OPPORTUNITIES,
    seed: SEED,
    salesforceExport: null,
    flag: null,
  });
  const sandboxed = await services.forSandbox(running).catch(async (error: unknown) => {
    await running.close();
    throw error;
  });
  try {
    const proofs = await play(services, await openDemo(sandboxed.services, running.people));
    const holds = proofs.every((proof) => proof.holds);
    if (services.globals.json) printJson(services, { holds, proofs });
    if (serve && !services.stop.aborted) {
      const { serveDemo } = await import('./demo-serve.ts');
      await serveDemo(services, sandboxed.services, running);
    }
    return holds ? 0 : 1;
  } finally {
    await running.close();
    await sandboxed.remove();
  }
}

async function play(services: Services, stage: Demo): Promise<readonly Proof[]> {
  const paint = painter(services);
  const say = (text: string): void => {
    if (!services.globals.json) services.terminal.out(`${text}\n`);
  };
  const step = (number: number, title: string): void =>
    say(`\n${paint('bold', paint('cyan', `${number}. ${title}`))}`);
  const run = async (): Promise<RunReport> => {
    const report = await stage.sync();
    if (services.stop.aborted)
      throw new InterruptedError('The demonstration was interrupted; everything was removed.');
    return report;
  };
  try {
    say(
      `A made-up company: a CRM with ${OPPORTUNITIES} opportunities and an empty Partner Center, both on this machine. No account is needed.`,
    );

    step(1, 'The first run shares what the sellers have flagged');
    const first = await run();
    say(renderRun(first, { paint, width: TEXT_WIDTH, items: await stage.openItems() }));

    step(2, 'People work: two edits, a disagreement, and a deal from Microsoft');
    const cast = await chooseCast(stage);
    const edits = makeEdits(stage, cast);
    say(renderTable(edits.told, { paint, head: ['Who', 'Where', 'What', 'From', 'To'] }).trimEnd());

    step(3, 'The second run carries each edit to the other side');
    const second = await run();
    const arrivals = await readArrivals(stage, cast, edits);
    say(renderProofs(arrivals, paint));
    say(`Written: ${writesOf(second)}.`);

    step(4, 'Where both sides changed the same field, a person decides');
    const decided = await decide(stage, cast, run, say, paint);

    step(5, 'With nothing left to do, a run costs one request a side and writes nothing');
    const silent = await silence(stage, run);
    say(renderProofs(silent, paint));

    const proofs = [sharedProof(first), ...arrivals, ...decided, ...silent];
    say(`\n${paint('bold', 'Summary')}`);
    say(renderProofs(proofs, paint));
    return proofs;
  } finally {
    await stage.close();
  }
}

function sharedProof({ wrote, outcome }: RunReport): Proof {
  return {
    what: 'Flagged opportunities became deals in Partner Center',
    found: `${wrote.referralsCreated} created`,
    holds: wrote.referralsCreated > 0 && (outcome === 'clean' || outcome === 'attention'),
  };
}

interface Edits {
  readonly amount: number;
  readonly notes: string;
  readonly crmNotes: string;
  readonly portalNotes: string;
  readonly inboundReferral: string;
  readonly told: readonly (readonly string[])[];
}

const INBOUND_NAME = 'Analytics rollout';

function makeEdits({ people }: Demo, { amount: amountPair, notes: notesPair, conflict }: Cast): Edits {
  const { columns } = people;
  const amountBefore = Number(people.opportunityValue(amountPair.opportunityId, columns.amount) ?? 0);
  const amount = amountBefore + 2500;
  const notes = 'The customer wants to start before the summer.';
  const crmNotes = 'Waiting for legal.';
  const portalNotes = 'The customer has signed the letter of intent.';
  const notesBefore = people.referralValue(notesPair.referralId, 'details/notes');
  const conflictBefore = people.referralValue(conflict.referralId, 'details/notes');
  people.editOpportunity(amountPair.opportunityId, { [columns.amount]: amount });
  people.editReferral(notesPair.referralId, { details: { notes } });
  people.editOpportunity(conflict.opportunityId, { [columns.notes]: crmNotes });
  people.editReferral(conflict.referralId, { details: { notes: portalNotes } });
  const inboundReferral = people.receiveDeal(INBOUND_NAME, amountPair.referralId);
  const money = (figure: number): string => displayAmount(String(figure), null);
  return {
    amount,
    notes,
    crmNotes,
    portalNotes,
    inboundReferral,
    told: [
      ['a seller', 'CRM', `amount of ${label(amountPair)}`, money(amountBefore), money(amount)],
      [
        'a colleague',
        'Partner Center',
        `notes of ${label(notesPair)}`,
        displayValue(notesBefore, 30),
        displayValue(notes, 50),
      ],
      [
        'a seller',
        'CRM',
        `notes of ${label(conflict)}`,
        displayValue(conflictBefore, 30),
        displayValue(crmNotes, 50),
      ],
      [
        'a colleague',
        'Partner Center',
        'the same notes',
        displayValue(conflictBefore, 30),
        displayValue(portalNotes, 50),
      ],
      ['Microsoft', 'Partner Center', `a new deal, "${INBOUND_NAME}"`, '', ''],
    ],
  };
}

function label({ name }: Pair): string {
  return `"${displayValue(name, 28)}"`;
}

/** What the other side's server holds now. */
async function readArrivals(
  stage: Demo,
  { amount, notes, conflict }: Cast,
  edits: Edits,
): Promise<readonly Proof[]> {
  const { people } = stage;
  const dealValue = people.referralValue(amount.referralId, 'details/dealValue');
  const description = people.opportunityValue(notes.opportunityId, people.columns.notes);
  const inbound = await stage.opportunityOf(edits.inboundReferral);
  const inboundName = inbound === null ? null : people.opportunityValue(inbound, people.columns.name);
  const kept = [
    people.opportunityValue(conflict.opportunityId, people.columns.notes),
    people.referralValue(conflict.referralId, 'details/notes'),
  ];
  return [
    {
      what: "The seller's amount is in Partner Center",
      found: displayAmount(String(dealValue), null),
      holds: Number(dealValue) === edits.amount,
    },
    {
      what: "The colleague's notes are in the CRM",
      found: displayValue(description, 50),
      holds: description === edits.notes,
    },
    {
      what: "Microsoft's deal is an opportunity in the CRM",
      found: displayValue(inboundName, 50),
      holds: inboundName === INBOUND_NAME,
    },
    {
      what: 'The disagreement was left as it is, on both sides',
      found: 'waits for a person',
      holds: kept[0] === edits.crmNotes && kept[1] === edits.portalNotes,
    },
  ];
}

async function decide(
  stage: Demo,
  { conflict }: Cast,
  run: () => Promise<RunReport>,
  say: (text: string) => void,
  paint: Paint,
): Promise<readonly Proof[]> {
  const item = (await stage.openItems()).find(
    ({ kind, opportunityId }) => kind === 'conflict' && opportunityId === conflict.opportunityId,
  );
  if (item === undefined)
    return [{ what: 'The disagreement is on the attention list', found: 'no', holds: false }];
  say(renderItem({ connection: stage.connection, item }, { paint, width: TEXT_WIDTH }).trimEnd());
  say(`\n$ cosell-sync attention resolve ${item.id} --take crm`);
  await stage.takeCrm(item);
  await run();
  const { people } = stage;
  const here = people.opportunityValue(conflict.opportunityId, people.columns.notes);
  const there = people.referralValue(conflict.referralId, 'details/notes');
  const isOpen = (await stage.openItems()).some(({ key, kind }) => kind === 'conflict' && key === item.key);
  const proofs = [
    {
      what: "The decision is carried out: both sides hold the CRM's notes",
      found: displayValue(there, 50),
      holds: here === there && !isOpen,
    },
  ];
  say(renderProofs(proofs, paint));
  return proofs;
}

async function silence(stage: Demo, run: () => Promise<RunReport>): Promise<readonly Proof[]> {
  // A CRM tells of the decision's own writes once more; with that heard, nothing is left to do.
  await run();
  const before = stage.people.counts();
  await run();
  const after = stage.people.counts();
  const [crm, partnerCenter, writes] = [
    after.crm - before.crm,
    after.partnerCenter - before.partnerCenter,
    after.writes - before.writes,
  ];
  return [
    { what: 'A run with nothing to do writes nothing', found: `${writes} writes`, holds: writes === 0 },
    {
      what: 'and asks each side once',
      found: `${crm} to the CRM, ${partnerCenter} to Partner Center`,
      holds: crm === 1 && partnerCenter === 1,
    },
  ];
}

function renderProofs(proofs: readonly Proof[], paint: Paint): string {
  return renderTable(
    proofs.map(({ what, found, holds }) => [
      holds ? paint('green', 'yes') : paint('red', 'NO '),
      what,
      found,
    ]),
    { paint },
  ).trimEnd();
}

function writesOf({ wrote }: RunReport): string {
  const { opportunitiesCreated, opportunitiesUpdated, referralsCreated, referralsUpdated } = wrote;
  return `${opportunitiesCreated + opportunitiesUpdated} in the CRM, ${referralsCreated + referralsUpdated} in Partner Center`;
}
