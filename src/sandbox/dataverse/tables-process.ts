/** Business process flows: the bar on the opportunity's form is a row of its own that points to the opportunity. */
import { choice, column, lookup, memo, text } from './column.ts';
import { type Table, table } from './table.ts';

/** The process that opportunities are born with, and the stages of all processes. */
export function processTables(): readonly Table[] {
  return [
    table({
      schemaName: 'OpportunitySalesProcess',
      entitySet: 'opportunitysalesprocesses',
      typeCode: 953,
      label: 'Opportunity Sales Process',
      collectionLabel: 'Opportunity Sales Processes',
      primaryId: 'businessprocessflowinstanceid',
      primaryName: 'name',
      ownership: 'OrganizationOwned',
      changeTracking: true,
      states: [
        {
          value: 0,
          label: 'Active',
          statuses: [
            [1, 'Active'],
            [3, 'Aborted'],
          ],
        },
        { value: 1, label: 'Inactive', statuses: [[2, 'Finished']] },
      ],
      columns: [
        text('Name', 200, 'Name'),
        lookup('activestageid', 'processstage', 'Active Stage', 'lk_opportunitysalesprocess_activestageid', {
          onDelete: 'restrict',
        }),
        lookup('opportunityid', 'opportunity', 'Opportunity', 'opportunity_opportunitysalesprocess', {
          onDelete: 'cascade',
        }),
        text('TraversedPath', 1250, 'Traversed Path'),
      ],
    }),
    table({
      schemaName: 'ProcessStage',
      entitySet: 'processstages',
      typeCode: 4724,
      label: 'Process Stage',
      primaryName: 'stagename',
      ownership: 'None',
      columns: [
        text('StageName', 200, 'Stage Name'),
        choice('StageCategory', 'Stage Category', ['Qualify', 'Develop', 'Propose', 'Close']),
        column('ProcessId', 'Uniqueidentifier', { label: 'Process' }),
        memo('ClientData', 'Client Data'),
      ],
    }),
  ];
}
