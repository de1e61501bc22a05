/** What the application user must be allowed, as far as the mapping and the policy ask for it. */
import type { CrmSelection } from '../../core/mapping-types.ts';
import type { CheckResult } from '../../core/ports.ts';
import { parseJsonText } from '../http/index.ts';
import type { DynamicsClient } from './client.ts';
import { PrivilegesAnswer } from './schema.ts';
import { type Environment, missingPaths, neededPaths, segmentsOf, shapeOf } from './shape.ts';

/** What a connection creates beside writing to opportunities that are there. */
export interface Creates {
  /** Deals that others send become opportunities. */
  readonly opportunities: boolean;
  /** And their customers accounts, where none fits. */
  readonly accounts: boolean;
}

type Finding = Pick<CheckResult, 'detail' | 'remedy'>;

/** Privileges by the platform's names, which are told without regard to case. */
export function neededPrivileges(
  selection: CrmSelection,
  creates: Creates,
  environment: Environment,
): readonly string[] {
  const { people, products } = selection;
  const firsts = new Set(neededPaths(selection).map((path) => segmentsOf(path).first));
  const tables = [...environment.tables.values()];
  // A mapping that does not fit yet is told of elsewhere.
  const isFit = missingPaths(selection, environment).length === 0;
  const paths = isFit ? shapeOf(selection, environment, 0).children : [];
  const children = paths.flatMap(({ set }) => {
    const table = tables.find((each) => each?.set === set);
    return table === undefined || table === null ? [] : [`prvRead${table.logicalName}`];
  });
  const follows = people.includes('connections') || people.includes('opportunityTeam');
  return [
    'prvReadOpportunity',
    'prvWriteOpportunity',
    'prvAppendOpportunity',
    'prvAppendToOpportunity',
    // Winning and losing leave an activity.
    'prvCreateActivity',
    'prvReadAccount',
    'prvReadContact',
    'prvReadTransactionCurrency',
    ...(creates.opportunities ? ['prvCreateOpportunity', 'prvAppendToAccount', 'prvAppendToContact'] : []),
    ...(creates.opportunities && creates.accounts ? ['prvCreateAccount', 'prvCreateContact'] : []),
    ...(creates.opportunities && people.includes('connections') ? ['prvCreateConnection'] : []),
    ...(firsts.has('campaignid') ? ['prvReadCampaign'] : []),
    ...(people.includes('owner') || people.includes('opportunityTeam') ? ['prvReadUser'] : []),
    ...(follows ? ['prvReadConnection'] : []),
    ...(people.includes('opportunityTeam') ? ['prvReadTeam'] : []),
    ...(products ? ['prvReadProduct'] : []),
    ...new Set(children),
  ];
}

/** Compares what the application user holds with what is needed. @throws RemoteError */
export async function checkRights(
  client: DynamicsClient,
  needed: readonly string[],
  { userId }: Environment,
  signal: AbortSignal,
): Promise<Finding> {
  const answer = await client.batch(
    [
      {
        method: 'GET',
        url: `${client.root}/systemusers(${userId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()`,
      },
    ],
    { operation: "Read the application user's privileges", isWrite: false, signal },
  );
  const part = answer.items[0]?.[0];
  const parsed = PrivilegesAnswer.safeParse(parseJsonText(part?.body ?? ''));
  const held = new Map(
    (parsed.success ? parsed.data.RolePrivileges : []).flatMap(({ PrivilegeName, Depth }) =>
      typeof PrivilegeName === 'string' ? [[PrivilegeName.toLowerCase(), Depth ?? null] as const] : [],
    ),
  );
  // Older environments list privileges by id only.
  if (held.size === 0)
    return { detail: 'the environment does not name the privileges of the user', remedy: null };
  const missing = needed.filter((name) => !held.has(name.toLowerCase()));
  if (missing.length > 0) {
    return {
      detail: `the application user lacks ${missing.join(', ')}`,
      remedy: 'Add these privileges to its security role (docs/dynamics.md lists them by table).',
    };
  }
  return held.get('prvreadopportunity') === 'Global'
    ? { detail: 'the application user has the privileges it needs', remedy: null }
    : {
        detail: 'the application user does not read opportunities of the whole organization',
        remedy: 'Raise the read right on opportunities to organization level; change tracking needs it.',
      };
}
