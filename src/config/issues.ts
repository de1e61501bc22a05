/** What a schema found wrong, in words for the person who wrote the file. */
import { z } from 'zod';
import { didYouMean } from './suggest.ts';
import { type Path, pathText, valueAt } from './tree.ts';

type Issue = z.core.$ZodIssue;

export interface IssueContext {
  readonly tree: unknown;
  /** Whether the value at a path may be shown: not a secret, and not from the environment. */
  readonly mayShow: (path: Path) => boolean;
}

/**
 * A section of a file: unknown keys are problems of their own, each with a suggestion.
 *
 * @param hints what to say of keys that belong somewhere else
 */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
  hints: Readonly<Record<string, string>> = {},
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const unknownKey = (key: string): string => {
    if (Object.hasOwn(hints, key)) return hints[key] ?? '';
    const suggestion = didYouMean(key, known);
    return suggestion === ''
      ? `there is no such key here (there are: ${known.join(', ')})`
      : `there is no such key${suggestion}`;
  };
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map(unknownKey).join('\n') : undefined,
  });
}

/** The problems with their paths; of several with one value, the first says enough. */
export function describeIssues(
  issues: readonly Issue[],
  context: IssueContext,
): readonly { readonly path: Path; readonly text: string }[] {
  const seen = new Set<string>();
  return issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      const texts = issue.message.split('\n');
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        text: texts[index] ?? 'there is no such key',
      }));
    }
    const at = pathText(path);
    if (seen.has(at)) return [];
    seen.add(at);
    return [{ path, text: describe(issue, path, context) }];
  });
}

/** A problem in one line. */
export function problemLine({ path, text }: { readonly path: Path; readonly text: string }): string {
  return path.length === 0 ? text : `${pathText(path)}: ${text}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a section with keys of its own',
  record: 'a section with keys of its own',
  array: 'a list',
};

function describe(issue: Issue, path: Path, { tree, mayShow }: IssueContext): string {
  const value = valueAt(tree, path);
  const found = mayShow(path) ? foundText(value) : '';
  const isChoice =
    issue.code === 'invalid_value' || (issue.code === 'invalid_union' && issue.discriminator !== undefined);
  if (value === undefined && issue.code !== 'custom' && !isChoice) return 'is missing';
  switch (issue.code) {
    case 'invalid_type': {
      // A message of the schema's own says more than the type.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      const expected = EXPECTED[issue.expected] ?? issue.expected;
      if (issue.expected === 'string') {
        const isPlain = typeof value === 'number' || typeof value === 'boolean';
        return `must be text${isPlain ? '; put the value in quotes' : ''}`;
      }
      const isNumber = issue.expected === 'number' || issue.expected === 'int';
      if (!isNumber && issue.expected !== 'boolean') return `must be ${expected}`;
      const unit =
        isNumber && typeof value === 'string' && /^\s*\d+\s*[a-z]+\s*$/i.test(value) && found !== '';
      return `must be ${expected}${found}${unit ? '; write the number alone, its unit is in the key' : ''}`;
    }
    case 'invalid_value':
      return choice(issue.values.map(String), value, found);
    case 'invalid_union': {
      if (issue.discriminator !== undefined) {
        const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
        return choice(options.map(String), value, found);
      }
      return `${issue.message}${found}`;
    }
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${found}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${found}`;
    default:
      return issue.message;
  }
}

function choice(options: readonly string[], value: unknown, found: string): string {
  const suggestion = typeof value === 'string' && found !== '' ? didYouMean(value, options) : '';
  const list = options.length === 1 ? `${options[0]}` : `one of ${options.join(', ')}`;
  return value === undefined ? `is missing (${list})` : `must be ${list}${found}${suggestion}`;
}

function foundText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return `, not ${value}`;
  if (typeof value === 'string' && value.length <= 60) return `, not ${JSON.stringify(value)}`;
  return '';
}
