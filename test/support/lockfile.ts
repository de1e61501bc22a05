/** What makes a lock file trustworthy: everything comes from the one registry, is pinned by hash, and runs nothing. */
import { z } from 'zod';

const Entry = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const Lockfile = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), Entry) });

const REGISTRY = 'https://registry.npmjs.org/';
const EXACT = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** Every entry that must not be there, in words. @param allowedScripts packages that may run something at installation */
export function lockfileProblems(lockfile: unknown, allowedScripts: readonly string[]): readonly string[] {
  const { packages } = Lockfile.parse(lockfile);
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (path === '') return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { resolved, integrity, version = '' } = entry;
    const found: string[] = [];
    if (entry.link === true || !path.startsWith('node_modules/'))
      found.push(`${path} is a folder, not a release`);
    // npm leaves the address out where it follows from name and version.
    if (resolved !== undefined && !resolved.startsWith(REGISTRY))
      found.push(`${path} comes from ${resolved}, not from the registry`);
    if (!EXACT.test(version)) found.push(`${path} has no released version`);
    if (!/^sha512-/.test(integrity ?? '')) found.push(`${path} is not pinned by a SHA-512 hash`);
    if (entry.hasInstallScript === true && !allowedScripts.includes(name))
      found.push(`${path} runs a script when it is installed`);
    return found;
  });
}

/** Dependencies in a package.json that are not one exact release. */
export function unpinned(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  const Names = z.record(z.string(), z.string()).default({});
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((section) =>
    Object.entries(Names.parse(manifest[section])).flatMap(([name, wanted]) =>
      EXACT.test(wanted) ? [] : [`${section}: ${name} ${wanted}`],
    ),
  );
}
