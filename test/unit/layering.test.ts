import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

interface Import {
  readonly from: string;
  /** Relative to `src` for our own files; the package's name otherwise. */
  readonly to: string;
  readonly own: boolean;
}

const PATTERN =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(PATTERN)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const own = name.startsWith('.');
    return {
      from: relative(SOURCE, file),
      to: own ? relative(SOURCE, resolve(dirname(file), name)) : name,
      own,
    };
  });
}

const imports = filesBelow(SOURCE).flatMap(importsOf);
const layerOf = (path: string): string => path.split(sep)[0] ?? '';
const offences = (allowed: (entry: Import) => boolean): string[] =>
  imports.filter((entry) => !allowed(entry)).map(({ from, to }) => `${from} imports ${to}`);

/** What each layer may import of ours, besides itself. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  core: [],
  adapters: ['core'],
  engine: ['core'],
  store: ['core'],
  config: ['core'],
  sandbox: ['core'],
  views: ['core', 'engine'],
  daemon: ['core', 'engine', 'views'],
  cli: ['core', 'engine', 'config', 'views', 'daemon'],
};

/** The commands, and the composition root with the files it is split into. */
const OUTERMOST = ['cli', 'wiring'];

/** Value libraries: pure data and arithmetic, no input or output. */
const CORE_PACKAGES = ['decimal.js', 'i18n-iso-countries', 'libphonenumber-js', 'zod'];

describe('the layers', () => {
  it('are found: the reader of imports sees the tree', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.some(({ from, own }) => from.startsWith('core') && own)).toBe(true);
  });

  it('only import what the architecture lets them', () => {
    expect(
      offences(({ from, to, own }) => {
        const layer = layerOf(from);
        if (!own || MAY[layer] === undefined || layerOf(to) === layer) return true;
        return MAY[layer].includes(layerOf(to));
      }),
    ).toEqual([]);
  });

  it('keep the core free of input, output and foreign packages', () => {
    expect(
      offences(
        ({ from, to, own }) =>
          layerOf(from) !== 'core' ||
          own ||
          CORE_PACKAGES.some((name) => to === name || to.startsWith(`${name}/`)),
      ),
    ).toEqual([]);
  });

  it('are not imported by the entry point’s own clients: nothing imports main or the commands', () => {
    expect(
      offences(
        ({ from, to, own }) =>
          !own ||
          (to !== 'main.ts' && !OUTERMOST.includes(layerOf(to))) ||
          OUTERMOST.includes(layerOf(from)) ||
          from === 'main.ts' ||
          from === 'bin.ts',
      ),
    ).toEqual([]);
  });

  it('keep sandbox and adapters apart: they agree only because both follow the remote systems’ rules', () => {
    expect(
      offences(
        ({ from, to, own }) =>
          !own ||
          (!(layerOf(from) === 'adapters' && layerOf(to) === 'sandbox') &&
            !(layerOf(from) === 'sandbox' && layerOf(to) === 'adapters')),
      ),
    ).toEqual([]);
  });

  it('keep one adapter from knowing another: they share only the HTTP layer', () => {
    expect(
      offences(({ from, to, own }) => {
        if (!own || layerOf(from) !== 'adapters' || layerOf(to) !== 'adapters') return true;
        const [here, there] = [from.split(sep)[1], to.split(sep)[1]];
        return here === there || there === 'http' || there === 'entra';
      }),
    ).toEqual([]);
  });
});
