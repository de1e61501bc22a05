/** Writing through a lookup: `Campaign.Name: Spring` binds the one campaign that has this name. */
import { RemoteError } from '../../core/errors.ts';
import { canonicalSalesforceId } from '../../core/ids.ts';
import type { CrmValue } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { findRelationship, type Org } from './org.ts';
import { type QueryContext, readIn } from './query.ts';
import { lowerKeys, valueAt } from './records.ts';
import { pathText } from './soql.ts';

/** Relationships whose column and object need no describe. */
const STANDARD: Readonly<Record<string, { readonly column: string; readonly object: string }>> = {
  campaign: { column: 'CampaignId', object: 'Campaign' },
  owner: { column: 'OwnerId', object: 'User' },
  pricebook2: { column: 'Pricebook2Id', object: 'Pricebook2' },
};
const MAX_REMEMBERED = 1_000;

/** Columns ready to be sent, or why a value cannot be written. */
export type Resolved =
  | { readonly ok: true; readonly columns: Readonly<Record<string, CrmValue>> }
  | { readonly ok: false; readonly error: RemoteError };

export interface Lookups {
  /**
   * Columns for values by mapping path, in the order given. Customer paths (`Account.…`) are left out: an account
   * belongs to more than one deal, so its own columns are never written through one.
   */
  resolve(
    values: readonly Readonly<Record<string, CrmValue>>[],
    signal: AbortSignal,
  ): Promise<readonly Resolved[]>;
  /** Forgets which rows were found: one of them may have gone. */
  forget(): void;
}

interface Target {
  readonly column: string;
  readonly object: string;
  readonly field: string;
}

/** Builds the resolver. Rows found are remembered by object, field and value. */
export function createLookups(client: SalesforceClient, org: Org): Lookups {
  const found = new Map<string, readonly string[]>();
  const keyOf = ({ object, field }: Target, text: string): string =>
    `${object}.${field}=${text.toLowerCase()}`;

  async function targetOf(path: string, signal: AbortSignal): Promise<Target | null> {
    const [relationship = '', field = ''] = path.split('.');
    const standard = STANDARD[relationship.toLowerCase()];
    if (standard !== undefined) return { ...standard, field };
    const column = findRelationship(await org.describe('Opportunity', signal), relationship);
    const object = column?.referenceTo?.[0];
    return column === null || object === undefined ? null : { column: column.name, object, field };
  }

  async function search(
    wanted: ReadonlyMap<string, { target: Target; texts: Set<string> }>,
    signal: AbortSignal,
  ): Promise<void> {
    if (found.size > MAX_REMEMBERED) found.clear();
    for (const { target, texts } of wanted.values()) {
      const missing = [...texts].filter((text) => !found.has(keyOf(target, text)));
      const context: QueryContext = {
        client,
        operation: `Find ${target.object} rows by ${target.field}`,
        signal,
      };
      const field = pathText(target.field);
      const query = { select: `Id, ${field}`, from: pathText(target.object), column: field };
      const rows = await readIn(context, query, missing);
      for (const text of missing) {
        const ids = rows.flatMap((row) => {
          const value = valueAt(lowerKeys(row), field);
          const isSame = typeof value === 'string' && value.toLowerCase() === text.toLowerCase();
          const id = typeof row.Id === 'string' ? canonicalSalesforceId(row.Id) : null;
          return isSame && id !== null ? [id] : [];
        });
        // What is not there now may be there next time.
        if (ids.length > 0) found.set(keyOf(target, text), ids);
      }
    }
  }

  return {
    forget: () => found.clear(),
    async resolve(records, signal) {
      const targets = new Map<string, Target | null>();
      const wanted = new Map<string, { target: Target; texts: Set<string> }>();
      for (const values of records) {
        for (const [path, value] of Object.entries(values)) {
          if (!isLookup(path)) continue;
          if (!targets.has(path)) targets.set(path, await targetOf(path, signal));
          const target = targets.get(path) ?? null;
          if (target === null || value === null) continue;
          const group = wanted.get(path) ?? { target, texts: new Set() };
          group.texts.add(String(value));
          wanted.set(path, group);
        }
      }
      if (wanted.size > 0) await search(wanted, signal);
      const dropped = new Set(org.dropped);
      return records.map((values) => {
        // A column that this org was found to lack (a currency in a single-currency org) cannot be written either.
        const known = Object.fromEntries(
          Object.entries(values).filter(([path]) => !dropped.has(path.toLowerCase())),
        );
        return toColumns(known, targets, (target, text) => found.get(keyOf(target, text)) ?? []);
      });
    },
  };
}

function isLookup(path: string): boolean {
  return path.includes('.') && !/^account\./i.test(path);
}

function toColumns(
  values: Readonly<Record<string, CrmValue>>,
  targets: ReadonlyMap<string, Target | null>,
  idsOf: (target: Target, text: string) => readonly string[],
): Resolved {
  const columns: Record<string, CrmValue> = {};
  for (const [path, value] of Object.entries(values)) {
    if (!path.includes('.')) {
      columns[pathText(path)] = value;
      continue;
    }
    if (!isLookup(path)) continue;
    const target = targets.get(path) ?? null;
    if (target === null) return unresolved(path, 'Opportunity has no such lookup', 'configuration');
    if (value === null) {
      columns[target.column] = null;
      continue;
    }
    const ids = idsOf(target, String(value));
    const [id] = ids;
    if (id === undefined) return unresolved(path, `no ${target.object} has the value`, 'rejected');
    if (ids.length > 1)
      return unresolved(path, `${ids.length} ${target.object} rows have the value`, 'rejected');
    columns[target.column] = id;
  }
  return { ok: true, columns };
}

function unresolved(path: string, why: string, code: 'rejected' | 'configuration'): Resolved {
  return {
    ok: false,
    error: new RemoteError(
      `${path} was not written: ${why}. Create or rename the row, or correct the mapping.`,
      {
        code,
        system: 'crm',
        fields: [path],
      },
    ),
  };
}
