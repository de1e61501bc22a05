/** The columns that `setup` asks for, found under another name or added. */
import type { ColumnSuggestion, ColumnsCreated, NewColumn } from '../../core/ports.ts';
import type { Clock } from '../http/index.ts';
import { applySetup, planSetup, type SetupOptions } from './setup.ts';

/** Columns of Microsoft's connector that have the wanted label. @throws RemoteError */
export async function suggestColumns(
  options: SetupOptions,
  wanted: readonly NewColumn[],
): Promise<readonly ColumnSuggestion[]> {
  const { steps } = await planSetup(options);
  const paths = new Set(wanted.map(({ path }) => path.toLowerCase()));
  return steps.flatMap(({ kind, path, adopt, label, need }) => {
    if (kind !== 'column' || adopt === null || !paths.has(path.toLowerCase())) return [];
    const [first = ''] = path.split('.');
    const found = path.includes('.') ? `${first}.${adopt}` : adopt;
    return [{ path, candidates: [{ path: found, label, type: need?.type.kind ?? 'text' }] }];
  });
}

/** Adds the columns, and with them the key and the change tracking that the mapping needs. @throws RemoteError */
export async function addColumns(
  options: SetupOptions & { readonly clock: Clock },
  wanted: readonly NewColumn[],
): Promise<ColumnsCreated> {
  const plan = await planSetup(options);
  const paths = new Set(wanted.map(({ path }) => path.toLowerCase()));
  const isWanted = (kind: string, path: string): boolean =>
    kind === 'key' || kind === 'tracking' || paths.has(path.toLowerCase());
  return applySetup(options, {
    ...plan,
    steps: plan.steps.filter(({ kind, path }) => isWanted(kind, path)),
  });
}
