/** Whether a mapping suits the kind of CRM it is used with. */
import type { Mapping } from '../core/mapping-types.ts';
import type { PeopleSource } from '../core/ports.ts';

const FOREIGN_SOURCES: Readonly<
  Record<string, { readonly name: string; readonly sources: readonly PeopleSource[] }>
> = {
  salesforce: { name: 'Salesforce', sources: ['connections'] },
  dynamics: { name: 'Dynamics 365', sources: ['contactRoles'] },
};

/** What a mapping asks for that this kind of CRM does not have. */
export function mappingFits(mapping: Mapping, kind: unknown): readonly string[] {
  const crm =
    typeof kind === 'string' && Object.hasOwn(FOREIGN_SOURCES, kind) ? FOREIGN_SOURCES[kind] : undefined;
  if (crm === undefined) return [];
  const { name, sources } = crm;
  const lists = { 'customer.contacts': mapping.contacts, 'team.from': mapping.team.from };
  const problems = Object.entries(lists).flatMap(([path, list]) =>
    list.flatMap((from) =>
      'source' in from && sources.includes(from.source)
        ? [`${path}: ${name} has no source "${from.source}"`]
        : [],
    ),
  );
  const related = mapping.stages.flatMap(({ crm: stage }) =>
    typeof stage === 'string' ? [] : Object.keys(stage).filter((column) => column.includes('.')),
  );
  if (kind === 'salesforce' && related.length > 0) {
    problems.push(
      `stages: ${[...new Set(related)].join(', ')}: in Salesforce a stage is told by the opportunity's own columns`,
    );
  }
  const namesStages = mapping.stages.some(({ crm: stage }) => typeof stage === 'string');
  if (kind === 'dynamics' && namesStages && mapping.stageField === 'StageName') {
    problems.push(
      'stageField: is missing; Dynamics 365 has no column StageName, so name the one that holds these stages',
    );
  }
  return problems;
}
