/** What is known of a linked, visible pair when it is decided on. */
import type { FieldName } from './deal.ts';
import type { MappedOpportunity } from './mapping.ts';
import type { Mapping } from './mapping-types.ts';
import type { TextLimits } from './mapping-write.ts';
import type { OpportunityRecord, Referral } from './ports.ts';
import type { Link } from './store-port.ts';
import type { Timing } from './timing.ts';

export interface LinkedInput {
  readonly link: Link;
  readonly opportunity: OpportunityRecord;
  readonly mapped: MappedOpportunity;
  readonly referral: Referral;
  readonly mapping: Mapping;
  /** Hash of a field's mapping: a baseline made under another one counts as none. */
  readonly hashOf: (field: FieldName) => string;
  readonly limits: TextLimits;
  readonly timing: Timing;
  readonly pastCloseDate: 'park' | 'send';
  /** A person's decisions on conflicts whose values have not moved since. */
  readonly decisions: Readonly<Partial<Record<FieldName, 'crm' | 'partnerCenter'>>>;
}
