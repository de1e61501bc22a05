import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkBill, shippedOnly } from '../../scripts/sbom/bill.ts';
import { lockfileProblems, unpinned } from '../support/lockfile.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
/** It fetches the Node binary of the machine, which is the point of it. */
const MAY_RUN = ['node'];

describe('what is installed', () => {
  it('comes from the npm registry, pinned by hash, and runs nothing but the one allowed script', () => {
    const lockfile = read('package-lock.json');

    expect(Object.keys(lockfile.packages).length).toBeGreaterThan(100);
    expect(lockfileProblems(lockfile, MAY_RUN)).toEqual([]);
  });

  it('is asked for by exact releases', () => {
    expect(unpinned(read('package.json'))).toEqual([]);
  });

  it('runs scripts only by the same short list that npm is given', () => {
    expect(read('package.json').allowScripts).toEqual(
      Object.fromEntries(MAY_RUN.map((name) => [name, true])),
    );
  });
});

describe('a lock file is refused', () => {
  const sound = {
    version: '1.0.0',
    resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
    integrity: 'sha512-x',
  };
  const problemsOf = (entry: object, path = 'node_modules/a'): readonly string[] =>
    lockfileProblems({ lockfileVersion: 3, packages: { '': {}, [path]: { ...sound, ...entry } } }, MAY_RUN);

  it.each([
    ['a git repository', { resolved: 'git+ssh://git@github.com/a/a.git#1234' }],
    ['a tarball elsewhere', { resolved: 'https://registry.example/a-1.0.0.tgz' }],
    ['plain http', { resolved: 'http://registry.npmjs.org/a/-/a-1.0.0.tgz' }],
    ['a look-alike of the registry', { resolved: 'https://registry.npmjs.org.example/a-1.0.0.tgz' }],
    ['no hash', { integrity: undefined }],
    ['a weak hash', { integrity: 'sha1-x' }],
    ['an install script', { hasInstallScript: true }],
    ['a folder', { link: true }],
    ['a version that is an address', { version: 'file:../a' }],
  ])('with %s', (_what, entry) => {
    expect(problemsOf(entry)).toHaveLength(1);
  });

  it('but not for a sound entry, nested ones and the allowed script included', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ resolved: undefined }, 'node_modules/b/node_modules/@scope/a')).toEqual([]);
    expect(problemsOf({ hasInstallScript: true }, 'node_modules/node')).toEqual([]);
  });

  it.each(['^1.0.0', '1.x', 'latest', '*', 'git+https://example.com/a.git', 'file:../a', 'npm:b@^1.0.0'])(
    'and a wish for "%s" is no exact release',
    (wanted) => {
      expect(unpinned({ dependencies: { a: wanted } })).toEqual([`dependencies: a ${wanted}`]);
    },
  );
});

describe('the bill of materials', () => {
  const sha512 = (text: string) => ({
    integrity: `sha512-${Buffer.from(text).toString('base64')}`,
    hash: { alg: 'SHA-512', content: Buffer.from(text).toString('hex') },
  });
  const component = (name: string, alias = name) => ({
    'bom-ref': `${name}@1.0.0`,
    name: alias,
    version: '1.0.0',
    purl: `pkg:npm/${name}@1.0.0`,
    hashes: [sha512(name).hash],
  });
  const fromNpm = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: 'urn:uuid:1',
    metadata: { component: { name: 'some-folder', version: '1.0.0' } },
    components: [component('real', 'alias'), component('tool')],
    dependencies: [
      { ref: 'product@1.0.0', dependsOn: ['real@1.0.0', 'tool@1.0.0'] },
      { ref: 'real@1.0.0' },
      { ref: 'tool@1.0.0' },
    ],
  };
  const lockfile = {
    packages: {
      '': {},
      'node_modules/alias': { name: 'real', version: '1.0.0', integrity: sha512('real').integrity },
      'node_modules/tool': { version: '1.0.0', dev: true, integrity: sha512('tool').integrity },
    },
  };
  const bill = shippedOnly(fromNpm, { name: 'product', version: '1.0.0' }, lockfile);

  it('names the product and what ships with it, not what only development needs', () => {
    expect(bill.metadata.component.name).toBe('product');
    expect(bill.components.map(({ name }) => name)).toEqual(['alias']);
    expect(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn])).toEqual([
      ['product@1.0.0', ['real@1.0.0']],
      ['real@1.0.0', []],
    ]);
    expect(checkBill(bill, lockfile)).toEqual([]);
  });

  it('is refused when a package is missing, has another hash or stands alone', () => {
    const [only] = bill.components;

    expect(checkBill({ ...bill, components: [] }, lockfile)[0]).toContain('is missing');
    expect(
      checkBill(
        { ...bill, components: only === undefined ? [] : [{ ...only, hashes: [sha512('x').hash] }] },
        lockfile,
      )[0],
    ).toContain('another hash');
    expect(checkBill({ ...bill, dependencies: [] }, lockfile)[0]).toContain('no dependency');
  });
});
