/** `solutions harvest`: what the mapping's catalogue of solutions could say, as lines to paste. */
import { escapeTerminal } from '../core/lenses/text.ts';
import type { Harvest } from '../core/solutions-harvest.ts';
import { harvestFrom } from '../engine/harvest.ts';
import { keep, working } from './adopt.ts';
import { eachConnection, selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { count } from './format.ts';
import { printJson } from './output.ts';
import type { Services } from './services.ts';

export interface HarvestOptions {
  /** Where the lines are kept instead of being printed. */
  readonly outFile: string | null;
}

/** Reads both sides on a copy of the state and prints the catalogue that follows from them. */
export async function harvest(services: Services, { outFile }: HarvestOptions): Promise<ExitCode> {
  const { terminal, globals } = services;
  const config = await services.loadConfig();
  const connections = selectConnections(config, globals.connection);
  const copy = await services.openState(config, 'copy');
  try {
    const { results, failures, exitCode } = await eachConnection(
      services,
      connections,
      async (connection) => {
        const found = await working(services, config, connection, copy, (dependencies, signal) =>
          harvestFrom(dependencies, { signal }),
        );
        return { result: { connection: connection.name, ...found }, exitCode: 0 };
      },
    );
    const text = results.map(({ connection, ...found }) => catalogueLines(connection, found)).join('\n');
    if (outFile !== null && failures.length === 0) {
      await keep(outFile, text);
      if (!globals.quiet) terminal.err(`The lines for the mapping are in ${outFile}.\n`);
    }
    if (globals.json) printJson(services, { connections: results }, failures);
    else if (outFile === null) terminal.out(text);
    return exitCode;
  } finally {
    await copy.close();
  }
}

/** A YAML text in double quotes: JSON's quoting is YAML's too. */
function quoted(text: string): string {
  return escapeTerminal(JSON.stringify(text));
}

/** The mapping's `solutions.catalogue` as far as it is known, with what is missing as comments. */
export function catalogueLines(connection: string, { solutions, unknownProducts }: Harvest): string {
  const lines = [
    `# ${connection}: solutions that deals use, and CRM products without an entry`,
    'solutions:',
    '  catalogue:',
  ];
  for (const { id, name, deals, products } of solutions) {
    const about = `# ${count(deals, 'deal')}${name === null ? '' : `; ${quoted(name)}`}`;
    if (products.length > 0)
      lines.push(...products.map((product) => `    ${quoted(product)}: ${quoted(id)} ${about}`));
    else if (!unknownProducts.some(({ solutionId }) => solutionId === id))
      lines.push(`    # ${quoted('a product of the CRM')}: ${quoted(id)} ${about}`);
  }
  for (const { product, opportunities, solutionId } of unknownProducts) {
    const about = `# new, ${count(opportunities, 'opportunity')}`;
    lines.push(
      solutionId === null
        ? `    # ${quoted(product)}: choose one of the ids above ${about}`
        : `    ${quoted(product)}: ${quoted(solutionId)} ${about}, by its name`,
    );
  }
  if (solutions.length === 0 && unknownProducts.length === 0)
    lines.push('    # no deal names a solution yet');
  return `${lines.join('\n')}\n`;
}
