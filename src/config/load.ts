/** Reads the configuration and all it refers to, or lists everything that is wrong with it. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Config } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { type LoadedMapping, toConfig } from './assemble.ts';
import { relationProblems } from './config-rules.ts';
import { ConfigSchema, type ParsedConfig } from './config-schema.ts';
import {
  type Environment,
  errorCode,
  type Interpolated,
  interpolate,
  isAbsent,
  maskReferences,
  readVariables,
} from './environment.ts';
import { describeIssues, problemLine } from './issues.ts';
import { parseMapping, readMappingText } from './mapping.ts';
import { mappingFits } from './mapping-fit.ts';
import { isRecord, type Path, pathText, valueAt } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface LoadOptions {
  /** The configuration file; relative to `cwd`. */
  readonly file: string;
  readonly env: Environment;
  readonly cwd: string;
  /** A mapping file to use instead of the configured ones; relative to `cwd`. */
  readonly mappingFile?: string;
}

/** The variable by which platforms with workload identity name the file of their token. */
const TOKEN_FILE = 'AZURE_FEDERATED_TOKEN_FILE';
/** Keys whose values are never shown. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['clientSecret', 'refreshToken', 'token', 'url', 'key']);

/**
 * Loads and checks a configuration with its mapping files.
 *
 * @throws ConfigurationError with every problem found, each with its path
 */
export async function loadConfig({ file: given, env, cwd, mappingFile }: LoadOptions): Promise<Config> {
  const file = resolve(cwd, given);
  const directory = dirname(file);
  const tree = parseYaml(maskReferences(await readConfiguration(file)), file);
  const variables = await readVariables(env, [directory, resolve(cwd)]);
  const interpolated = interpolate(tree ?? {}, variables);
  const tokenFile = variables.values.get(TOKEN_FILE) ?? '';
  const { config, problems } = check(interpolated, tokenFile !== '');
  const mappings = await loadMappings(
    interpolated,
    directory,
    mappingFile === undefined ? null : resolve(cwd, mappingFile),
  );

  const all = [...variables.problems, ...interpolated.problems, ...problems, ...mappings.problems];
  if (config === null || all.length > 0)
    throw new ConfigurationError(all, `The configuration ${file} cannot be used:`);
  return toConfig(config, file, mappings.byConnection, tokenFile);
}

async function readConfiguration(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const problem = isAbsent(error)
      ? `There is no configuration ${file}. Run "cosell-sync init" to make one, or name another with --config FILE.`
      : `The configuration ${file} cannot be read (${errorCode(error)}). Correct its permissions, or name another with --config FILE.`;
    throw new ConfigurationError([problem]);
  });
}

interface Checked {
  readonly config: ParsedConfig | null;
  readonly problems: readonly string[];
}

/** Checks the file's own content; what concerns several keys is checked even where others are wrong. */
function check({ value, fromEnvironment, unresolved }: Interpolated, hasTokenFile: boolean): Checked {
  const source = (path: Path): readonly string[] | undefined => fromEnvironment.get(pathText(path));
  let tree = value;
  let result = ConfigSchema.safeParse(tree);
  for (const { path } of result.error?.issues ?? []) {
    // The environment knows only text: a number or a flag that came from there is read as what is expected.
    const at = path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (source(at) !== undefined) tree = replaceAt(tree, at, plainValue(valueAt(tree, at)));
  }
  if (tree !== value) result = ConfigSchema.safeParse(tree);
  const mayShow = (path: Path): boolean =>
    source(path) === undefined && !SECRET_KEYS.has(String(path.at(-1)));
  const issues = result.success ? [] : describeIssues(result.error.issues, { tree, mayShow });
  const problems = [...issues, ...relationProblems(tree, hasTokenFile)]
    .filter(({ path }) => !unresolved.has(pathText(path)))
    .map(({ path, text }) => {
      const names = source(path);
      return problemLine({
        path,
        text: names === undefined ? text : `${text} (its value comes from ${names.join(', ')})`,
      });
    });
  return { config: result.success ? result.data : null, problems };
}

function replaceAt(tree: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(tree))
    return tree.map((item, index) => (index === step ? replaceAt(item, rest, value) : item));
  return isRecord(tree) ? { ...tree, [step]: replaceAt(tree[step], rest, value) } : tree;
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

interface LoadedMappings {
  /** By the connection's place in the file. */
  readonly byConnection: ReadonlyMap<number, LoadedMapping>;
  readonly problems: readonly string[];
}

/** Loads every connection's mapping file, also when the configuration itself has problems. */
async function loadMappings(
  { value: tree, unresolved }: Interpolated,
  directory: string,
  instead: string | null,
): Promise<LoadedMappings> {
  const byConnection = new Map<number, LoadedMapping>();
  const problems = new Set<string>();
  const connections = valueAt(tree, ['connections']);
  for (const [index, connection] of (Array.isArray(connections) ? connections : []).entries()) {
    const at = `connections[${index}].mapping`;
    const named = valueAt(connection, ['mapping']);
    if (typeof named !== 'string' || named.trim() === '' || unresolved.has(at)) continue;
    const file = instead ?? resolve(directory, named.trim());
    const read = await readMappingText(file);
    if ('problem' in read) {
      problems.add(`${at}: ${read.problem}`);
      continue;
    }
    try {
      const mapping = parseMapping(read.text, basename(file));
      byConnection.set(index, { file, mapping });
      for (const problem of mappingFits(mapping, valueAt(connection, ['crm', 'kind']))) {
        problems.add(`${basename(file)}: ${problem}`);
      }
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      for (const problem of error.problems) problems.add(problem);
    }
  }
  return { byConnection, problems: [...problems] };
}
