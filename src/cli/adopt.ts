/** `adopt`: which records without tags may be pairs, and the links that a person accepts. Links nothing by itself. */
import { writeFile } from 'node:fs/promises';
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { isFieldName } from '../core/fields.ts';
import { parseOpportunityId, parseReferralId } from '../core/ids.ts';
import { shown } from '../core/plan.ts';
import { type AcceptedPair, type Adoption, adoptPairs } from '../engine/adopt.ts';
import { decideDifferences } from '../engine/adoption-decisions.ts';
import type { EngineDependencies } from '../engine/dependencies.ts';
import { type Offer, offerPairs } from '../engine/offer-pairs.ts';
import { readAdoptionCsv, toAdoptionCsv } from './adopt-csv.ts';
import { renderAdoption, renderOffer } from './adopt-report.ts';
import { eachConnection, selectConnections } from './connections.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { count } from './format.ts';
import { readInput } from './input-file.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import { createProgressLine } from './progress.ts';
import type { Services, State } from './services.ts';

export interface AdoptOptions {
  /** Where the proposals are kept for a spreadsheet. */
  readonly csvFile: string | null;
  /** A file of proposals with a person's answers. */
  readonly applyFile: string | null;
  /** Pairs named as OPPORTUNITY=REFERRAL. */
  readonly accept: readonly string[];
  /** FIELD=crm or FIELD=partnerCenter: decides what differed at adoption, for every pair. */
  readonly take: string | null;
}

/** Proposes pairs, or does what a person decided about them. */
export async function adopt(services: Services, options: AdoptOptions): Promise<ExitCode> {
  const { csvFile, applyFile, accept, take } = options;
  const ways = [applyFile !== null, accept.length > 0, take !== null, csvFile !== null].filter(Boolean);
  if (ways.length > 1)
    throw new ConfigurationError([
      '--csv, --apply, --accept and --take are four things; do one after the other.',
    ]);
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  if (take !== null) return decide(services, config, connections, take);
  if (applyFile !== null)
    return apply(services, config, connections, await readAnswers(applyFile, connections));
  if (accept.length > 0) return apply(services, config, connections, readPairs(accept, connections));
  return offer(services, config, connections, csvFile);
}

type Connections = readonly ConnectionConfig[];

async function offer(
  services: Services,
  config: Config,
  connections: Connections,
  csvFile: string | null,
): Promise<ExitCode> {
  const { terminal, globals } = services;
  const copy = await services.openState(config, 'copy');
  try {
    const { results, failures, exitCode } = await eachConnection(
      services,
      connections,
      async (connection) => {
        const found = await working(services, config, connection, copy, (dependencies, signal) =>
          offerPairs(dependencies, { signal }),
        );
        if (!globals.json && (csvFile === null || !globals.quiet))
          terminal.out(
            `${renderOffer(connection.name, found, { paint: painter(services), width: TEXT_WIDTH })}\n`,
          );
        return { result: { connection: connection.name, ...found }, exitCode: 0 };
      },
    );
    if (csvFile !== null && failures.length === 0) {
      await keep(csvFile, toAdoptionCsv(results));
      if (!globals.quiet)
        terminal.err(
          `The proposals are in ${csvFile}. Write yes into the column accept where they are right, then: cosell-sync adopt --apply ${csvFile}\n`,
        );
    }
    if (globals.json)
      printJson(services, { proposals: results.flatMap(toListed), alone: results.map(toAlone) }, failures);
    return exitCode;
  } finally {
    await copy.close();
  }
}

function toListed({ connection, pairs }: Offer & { readonly connection: string }) {
  return pairs.map(({ disagreements, ...pair }) => ({
    connection,
    ...pair,
    disagreements: disagreements.map(({ field, opportunity, referral }) => ({
      field,
      opportunity: shown(field, opportunity as never),
      referral: shown(field, referral as never),
    })),
  }));
}

function toAlone({ connection, alone }: Offer & { readonly connection: string }) {
  return { connection, ...alone };
}

type Answers = ReadonlyMap<string, readonly AcceptedPair[]>;

async function readAnswers(file: string, connections: Connections): Promise<Answers> {
  const text = await readInput(file, 'The file');
  return readAdoptionCsv(
    text,
    file,
    connections.map(({ name }) => name),
  );
}

function readPairs(pairs: readonly string[], connections: Connections): Answers {
  const [connection] = connections;
  if (connection === undefined || connections.length > 1)
    throw new ConfigurationError(['--accept names a pair of one connection; add --connection NAME.']);
  const problems: string[] = [];
  const accepted = pairs.flatMap((text): AcceptedPair[] => {
    const [left = '', right = '', more] = text.split('=');
    const opportunityId = parseOpportunityId(left);
    const referralId = parseReferralId(right);
    if (opportunityId === null || referralId === null || more !== undefined) {
      problems.push(
        `--accept "${text}" is no OPPORTUNITY=REFERRAL, such as 0065500000KQ12X=11111111-0000-4000-8000-000000000001.`,
      );
      return [];
    }
    return [{ opportunityId, referralId, fingerprint: null, line: null }];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return new Map([[connection.name, accepted]]);
}

async function apply(
  services: Services,
  config: Config,
  connections: Connections,
  answers: Answers,
): Promise<ExitCode> {
  const { terminal, globals } = services;
  const meant = connections.filter(({ name }) => answers.has(name));
  const state = await services.openState(config, 'write');
  try {
    const { results, failures, exitCode } = await eachConnection(services, meant, async (connection) => {
      const pairs = answers.get(connection.name) ?? [];
      const done = await working(services, config, connection, state, (dependencies, signal) =>
        adoptPairs(dependencies, pairs, { signal }),
      );
      if (!globals.json && !globals.quiet)
        terminal.out(
          `${renderAdoption(connection.name, done, { paint: painter(services), width: TEXT_WIDTH })}\n`,
        );
      return { result: { connection: connection.name, ...done }, exitCode: exitCodeOf(done) };
    });
    if (globals.json) printJson(services, { adopted: results }, failures);
    else if (meant.length === 0 && !globals.quiet)
      terminal.out('No row is accepted; nothing was changed. Write yes into the column accept.\n');
    return exitCode;
  } finally {
    await state.close();
  }
}

function exitCodeOf({ linked, refused }: Adoption): ExitCode {
  return refused.length > 0 || linked.some(({ differs }) => differs.length > 0) ? 3 : 0;
}

async function decide(
  services: Services,
  config: Config,
  connections: Connections,
  text: string,
): Promise<ExitCode> {
  const [field = '', side = '', more] = text.split('=');
  if (!isFieldName(field) || (side !== 'crm' && side !== 'partnerCenter') || more !== undefined)
    throw new ConfigurationError([
      `--take "${text}" is no FIELD=crm or FIELD=partnerCenter, such as amount=crm.`,
    ]);
  const state = await services.openState(config, 'write');
  try {
    let decided = 0;
    let skipped = 0;
    for (const { name } of connections) {
      const ledger = await state.ledger(name);
      const result = await decideDifferences({ ledger, now: services.now }, field, side);
      decided += result.decided;
      skipped += result.skipped;
    }
    if (services.globals.json) printJson(services, { field, take: side, decided, skipped });
    else if (!services.globals.quiet) {
      const rest =
        skipped === 0 ? '' : ` ${count(skipped, 'pair')} left alone, because that side holds nothing there.`;
      services.terminal.out(
        `${count(decided, 'pair')} decided for ${side === 'crm' ? 'the CRM' : 'Partner Center'} on ${field}; the next run carries the values over.${rest}\n`,
      );
    }
    return 0;
  } finally {
    await state.close();
  }
}

/** Work on a connection's two sides and its ledger, with a progress line; the first signal ends it. */
export async function working<T>(
  services: Services,
  config: Config,
  connection: ConnectionConfig,
  state: State,
  work: (dependencies: EngineDependencies, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const remotes = await services.connect(config, connection);
  const line = createProgressLine({
    write: services.terminal.err,
    isEnabled: services.terminal.canRedraw && !services.globals.quiet,
    label: connection.name,
    now: services.now,
    requests: remotes.requests,
  });
  const signal = AbortSignal.any([services.stop, services.abort]);
  try {
    return await work(await services.engine(connection, remotes, state, line.show), signal);
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('It was interrupted; nothing was written to either side.');
    throw error;
  } finally {
    line.clear();
  }
}

/** Writes a file for its owner alone. @throws ConfigurationError when it cannot be written */
export async function keep(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
    throw new ConfigurationError([`${file} cannot be written (${why}).`]);
  });
}
