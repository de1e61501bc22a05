/** A CycloneDX bill of materials: what it must say of every package that is shipped. */
import { z } from 'zod';

const Component = z.looseObject({
  'bom-ref': z.string(),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().startsWith('pkg:npm/'),
  hashes: z.array(z.object({ alg: z.string(), content: z.string().regex(/^[0-9a-f]+$/) })).default([]),
});
const Bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().regex(/^1\.[4-9]$/),
  serialNumber: z.string().startsWith('urn:uuid:'),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string(), version: z.string() }) }),
  components: z.array(Component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
});
export type Bill = z.infer<typeof Bill>;

const Manifest = z.looseObject({ name: z.string(), version: z.string() });
const Lockfile = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      name: z.string().optional(),
      version: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      integrity: z.string().optional(),
    }),
  ),
});

/** Releases that the lock file ships: `name@version`, with path and hash. Optional ones may not be installed here. */
function shippedIn(lockfile: unknown): readonly {
  readonly path: string;
  readonly release: string;
  readonly sha512: string;
  readonly optional: boolean;
}[] {
  return Object.entries(Lockfile.parse(lockfile).packages).flatMap(
    ([path, { name, version = '', dev = false, optional = false, integrity = '' }]) => {
      if (path === '' || dev) return [];
      const folder = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const sha512 = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
      return [{ path, release: `${name ?? folder}@${version}`, sha512, optional }];
    },
  );
}

/**
 * npm's bill of everything installed, without what only development needs (npm's own way of leaving that out drops
 * some of what is shipped), under the package's own name (npm takes the folder's).
 * @throws ZodError when it is no bill
 */
export function shippedOnly(bill: unknown, manifest: unknown, lockfile: unknown): Bill {
  const read = Bill.parse(bill);
  const { name, version } = Manifest.parse(manifest);
  const shipped = new Set(shippedIn(lockfile).map(({ release }) => release));
  const components = read.components.filter((component) => shipped.has(component['bom-ref']));
  const refs = new Set([`${name}@${version}`, ...components.map((component) => component['bom-ref'])]);
  const dependencies = read.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map((entry) => ({ ...entry, dependsOn: entry.dependsOn.filter((ref) => refs.has(ref)) }));
  const { metadata } = read;
  return {
    ...read,
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components,
    dependencies,
  };
}

/** What the bill leaves out or says wrongly of the packages that the lock file ships. */
export function checkBill(bill: Bill, lockfile: unknown): readonly string[] {
  const known = new Map(bill.components.map((component) => [component['bom-ref'], component]));
  const refs = new Set(bill.dependencies.map(({ ref }) => ref));
  return shippedIn(lockfile).flatMap(({ path, release, sha512, optional }) => {
    const component = known.get(release);
    if (component === undefined) return optional ? [] : [`${path} (${release}) is missing`];
    if (!component.hashes.some(({ alg, content }) => alg === 'SHA-512' && content === sha512))
      return [`${path} (${release}) has another hash than the lock file`];
    return refs.has(release) ? [] : [`${path} (${release}) stands in no dependency`];
  });
}
