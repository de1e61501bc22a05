/** What the signed-in user can see of the org, learnt only when a query is refused. */

import { ConfigurationError, RemoteError } from '../../core/errors.ts';
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { Logger } from '../../core/ports.ts';
import type { SalesforceClient } from './client.ts';
import { type Columns, createColumns, neededPaths, optionalPaths, TEAM_RELATION } from './columns.ts';
import { unreadable } from './errors.ts';
import { DescribeAnswer } from './schema.ts';

export interface Org {
  readonly columns: Columns;
  /** Names of what the org lacks, as far as known; kept in the feed's cursor so that no later run asks again. */
  readonly dropped: readonly string[];
  /** Takes over what an earlier process found missing. */
  recall(dropped: readonly string[]): void;
  /** Forgets it, so that columns added since are found. */
  forget(): void;
  /**
   * Runs something that queries the columns. When Salesforce refuses a column or relation, finds out which, leaves out
   * what may be missing and runs it once more.
   * @throws ConfigurationError naming every mapped column that the org lacks
   */
  attempt<T>(run: (columns: Columns) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Describes an object; asked once for each process. */
  describe(object: string, signal: AbortSignal): Promise<DescribeAnswer>;
  /** The mapped paths (in the mapping's spelling) that the org does not show to our user. */
  findMissing(signal: AbortSignal): Promise<readonly string[]>;
}

const REFUSED_COLUMN = new Set(['INVALID_FIELD', 'INVALID_TYPE']);

/** Builds the view of one org. */
export function createOrg(client: SalesforceClient, selection: CrmSelection, logger: Logger): Org {
  const described = new Map<string, Promise<DescribeAnswer>>();
  const optional = optionalPaths(selection);
  let dropped = new Set<string>();
  let columns = createColumns(selection, dropped);

  const drop = (names: Iterable<string>): void => {
    dropped = new Set([...dropped, ...[...names].map((name) => name.toLowerCase())]);
    columns = createColumns(selection, dropped);
  };

  function describe(object: string, signal: AbortSignal): Promise<DescribeAnswer> {
    const existing = described.get(object);
    if (existing !== undefined) return existing;
    const answer = requestDescribe(client, object, signal);
    described.set(object, answer);
    // A failure is not worth remembering.
    answer.catch(() => described.delete(object));
    return answer;
  }

  async function findMissing(signal: AbortSignal): Promise<string[]> {
    const opportunity = await describe('Opportunity', signal);
    const missing: string[] = [];
    for (const path of neededPaths(selection)) {
      const [first = '', second] = path.split('.');
      if (second === undefined) {
        if (!hasField(opportunity, first)) missing.push(path);
        continue;
      }
      const target = targetOf(opportunity, first);
      if (target === null || !hasField(await describe(target, signal), second)) missing.push(path);
    }
    return missing;
  }

  /** Returns whether something was left out that was not before. */
  async function adapt(signal: AbortSignal): Promise<boolean> {
    const before = dropped.size;
    const missing = await findMissing(signal);
    const required = missing.filter((path) => !optional.has(path.toLowerCase()));
    if (required.length > 0) {
      throw new ConfigurationError(
        required.map((path) => `Salesforce has no column ${path}, or hides it from the integration user.`),
        'The mapping names columns that are missing. `cosell-sync setup` shows them and `cosell-sync setup --apply` creates them; or correct the mapping:',
      );
    }
    const opportunity = await describe('Opportunity', signal);
    const hasTeams = opportunity.childRelationships.some(
      ({ relationshipName }) => relationshipName?.toLowerCase() === TEAM_RELATION.toLowerCase(),
    );
    drop([...missing, ...(hasTeams ? [] : [TEAM_RELATION])]);
    if (dropped.size === before) return false;
    logger.info(
      { system: 'crm', leftOut: [...dropped] },
      'Salesforce lacks optional columns; they are left out',
    );
    return true;
  }

  return {
    get columns() {
      return columns;
    },
    get dropped() {
      return [...dropped];
    },
    recall: drop,
    forget() {
      described.clear();
      dropped = new Set();
      columns = createColumns(selection, dropped);
    },
    describe,
    findMissing,
    async attempt(run, signal) {
      try {
        return await run(columns);
      } catch (error) {
        const isColumn = error instanceof RemoteError && REFUSED_COLUMN.has(error.remoteCode ?? '');
        if (!isColumn || !(await adapt(signal))) throw error;
        return run(columns);
      }
    },
  };
}

async function requestDescribe(
  client: SalesforceClient,
  object: string,
  signal: AbortSignal,
): Promise<DescribeAnswer> {
  const operation = `Describe ${object}`;
  const answer = await client.call({
    operation,
    method: 'GET',
    path: `/sobjects/${encodeURIComponent(object)}/describe`,
    isWrite: false,
    signal,
  });
  const parsed = DescribeAnswer.safeParse(answer.body);
  if (!parsed.success) throw unreadable(operation, { ...answer, body: '' }, false);
  return parsed.data;
}

/** The column of that name, whatever the case. */
export function findField(answer: DescribeAnswer, name: string): DescribeAnswer['fields'][number] | null {
  return answer.fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) ?? null;
}

function hasField(answer: DescribeAnswer, name: string): boolean {
  return findField(answer, name) !== null;
}

/** The object a lookup's relationship leads to, or null when there is no such relationship. */
function targetOf(answer: DescribeAnswer, relationship: string): string | null {
  const field = findRelationship(answer, relationship);
  return field?.referenceTo?.[0] ?? null;
}

/** The lookup column behind a relationship name such as `Campaign` or `Region__r`. */
export function findRelationship(
  answer: DescribeAnswer,
  relationship: string,
): DescribeAnswer['fields'][number] | null {
  return (
    answer.fields.find(
      ({ relationshipName }) => relationshipName?.toLowerCase() === relationship.toLowerCase(),
    ) ?? null
  );
}
