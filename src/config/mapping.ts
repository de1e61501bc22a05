/** Reads a mapping file: which columns hold what, and which rules hold for edits. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ZodType } from 'zod';
import { ConfigurationError } from '../core/errors.ts';
import { type Filter, parseFilter } from '../core/filter.ts';
import type { ListSource, Mapping } from '../core/mapping-types.ts';
import type { PeopleSource } from '../core/ports.ts';
import { findReason } from '../core/reasons.ts';
import type { Problem } from './config-rules.ts';
import { crmPath } from './crm-path.ts';
import { errorCode, isAbsent } from './environment.ts';
import { describeIssues, problemLine } from './issues.ts';
import { columnProblems } from './mapping-columns.ts';
import { dictionary, readFields } from './mapping-fields.ts';
import { readRegistrationSection } from './mapping-registration.ts';
import { CUSTOMER_KEYS, MappingSchema, SourcesSchema } from './mapping-schema.ts';
import { readStages } from './mapping-stages.ts';
import { isSlipOf } from './suggest.ts';
import { valueAt } from './tree.ts';
import { parseYaml } from './yaml.ts';

const DEFAULT_STAGE_FIELD = 'StageName';
const CONTACT_SOURCES = ['contactRoles', 'primaryContact', 'connections'] as const;
const TEAM_SOURCES = ['owner', 'opportunityTeam', 'connections'] as const;
const SOLUTION_SOURCES = ['products'] as const;
const ALL_SOURCES: readonly string[] = [
  ...new Set([...CONTACT_SOURCES, ...TEAM_SOURCES, ...SOLUTION_SOURCES]),
];

/**
 * Reads a mapping file.
 *
 * @throws ConfigurationError with every problem found, each with the file's name and its path
 */
export async function loadMapping(file: string): Promise<Mapping> {
  const read = await readMappingText(file);
  if ('problem' in read) throw new ConfigurationError([read.problem]);
  return parseMapping(read.text, basename(file));
}

/** A mapping file's text, or why there is none. */
export async function readMappingText(
  file: string,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    const why = isAbsent(error) ? 'does not exist' : `cannot be read (${errorCode(error)})`;
    return { problem: `the mapping file ${file} ${why}` };
  }
}

/**
 * Reads the text of a mapping file.
 *
 * @param name the file's name for messages
 * @throws ConfigurationError with every problem found, each with the file's name and its path
 */
export function parseMapping(text: string, name: string): Mapping {
  const tree = parseYaml(text, name) ?? {};
  const { problems, mapping } = readMapping(tree);
  const columns = problems.length === 0 ? columnProblems(mapping) : [];
  const all = [...problems.map(problemLine), ...columns];
  if (all.length > 0) throw new ConfigurationError([...new Set(all)].map((problem) => `${name}: ${problem}`));
  return mapping;
}

/** Reads every part by itself, so that a mistake in one does not hide those in the others. */
function readMapping(tree: unknown): { readonly mapping: Mapping; readonly problems: readonly Problem[] } {
  const whole = MappingSchema.safeParse(tree);
  const problems: Problem[] = whole.success
    ? []
    : [...describeIssues(whole.error.issues, { tree, mayShow: () => true })];
  const { shape } = MappingSchema;
  const part = <T>(schema: ZodType<T>, ...path: string[]): T | undefined =>
    schema.safeParse(valueAt(tree, path)).data;

  const { fields, reasons, problems: fieldProblems } = readFields(valueAt(tree, ['fields']));
  const stageField = part(shape.stageField, 'stageField') ?? DEFAULT_STAGE_FIELD;
  const { stages, problems: stageProblems } = readStages(valueAt(tree, ['stages']), stageField, reasons);
  const include = readInclude(part(shape.include, 'include'), problems);
  const tag = part(shape.tag, 'tag');
  const customer = part(shape.customer, 'customer');
  const team = part(shape.team, 'team');
  const solutions = part(shape.solutions, 'solutions');
  const listed = (path: readonly [string, string]) => part(SourcesSchema, ...path);
  const contacts = readSources(
    listed(['customer', 'contacts']),
    CONTACT_SOURCES,
    ['customer', 'contacts'],
    problems,
  );
  const teamFrom = listed(['team', 'from']) ?? (team?.fallback === undefined ? 'owner' : undefined);
  const members = readSources(teamFrom, TEAM_SOURCES, ['team', 'from'], problems);
  const products = readSources(
    listed(['solutions', 'from']),
    SOLUTION_SOURCES,
    ['solutions', 'from'],
    problems,
  );
  const reasonsSection = part(shape.reasons, 'reasons');
  for (const [value, reason] of Object.entries(reasonsSection?.map ?? {}))
    if (reasonsSection?.accept === 'catalogue' && !isCatalogued(reason))
      problems.push({
        path: ['reasons', 'map', value],
        text: `"${reason}" is no reason that Partner Center offers (see docs/configuration.md, or accept: any)`,
      });
  const registration = readRegistrationSection(valueAt(tree, ['registration']), problems);
  const customerPaths = CUSTOMER_KEYS.flatMap((key) => {
    const path = customer?.[key];
    return path === undefined ? [] : [[key, path] as const];
  });
  const mapping: Mapping = {
    ...include,
    tag: {
      referralId: tag?.referralId ?? '',
      referralLink: tag?.referralLink ?? null,
      status: tag?.status ?? null,
      audit: tag?.audit ?? null,
    },
    fields,
    customer: Object.fromEntries(customerPaths),
    contacts,
    team: { from: members, fallback: team?.fallback ?? null },
    solutions: {
      from: products,
      catalogue: dictionary(solutions?.catalogue ?? {}),
      default: solutions?.default ?? null,
    },
    stageField,
    stages,
    ...(reasonsSection === undefined
      ? {}
      : { reasons: { map: dictionary(reasonsSection.map), accept: reasonsSection.accept } }),
    ...(registration === undefined ? {} : { registration }),
  };
  return { mapping, problems: [...problems, ...fieldProblems, ...stageProblems] };
}

function isCatalogued(reason: string): boolean {
  return (['Lost', 'Error'] as const).some((state) => findReason(state, reason) !== null);
}

const NOTHING: Filter = { type: 'or', terms: [] };

function readInclude(
  text: string | undefined,
  problems: Problem[],
): { readonly include: Filter; readonly includeText: string } {
  if (text === undefined) return { include: NOTHING, includeText: '' };
  try {
    return { include: parseFilter(text), includeText: text };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) problems.push({ path: [], text: problem });
    return { include: NOTHING, includeText: text };
  }
}

function readSources<Named extends PeopleSource | 'products'>(
  value: string | readonly string[] | undefined,
  known: readonly Named[],
  path: Problem['path'],
  problems: Problem[],
): readonly ListSource<Named>[] {
  const names = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  const seen = new Set<string>();
  return names.flatMap((name, index): ListSource<Named>[] => {
    const at = typeof value === 'string' ? path : [...path, index];
    const note = (text: string): ListSource<Named>[] => {
      problems.push({ path: at, text });
      return [];
    };
    if (seen.has(name)) return note(`"${name}" stands here a second time`);
    seen.add(name);
    const source = known.find((candidate) => candidate === name);
    if (source !== undefined) return [{ source }];
    if (ALL_SOURCES.includes(name))
      return note(`"${name}" is no source here (there are: ${known.join(', ')}, or a column)`);
    const isPath = crmPath.safeParse(name).success;
    const meant = known.find((candidate) => isSlipOf(name, candidate));
    if (meant === undefined && isPath) return [{ path: name }];
    return note(
      isPath
        ? `there is no source "${name}"; did you mean "${meant}"?`
        : 'must be a column, Lookup.Column, or a source by name',
    );
  });
}
