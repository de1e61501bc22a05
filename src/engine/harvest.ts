/** Reads both sides completely and counts what solutions they use. */
import type { CallOptions, OpportunityRecord, Referral } from '../core/ports.ts';
import { type Harvest, harvestSolutions } from '../core/solutions-harvest.ts';
import type { EngineDependencies } from './dependencies.ts';
import { pull } from './pull.ts';

const CHUNK = 500;

/** Harvests on the ledger it was given (a copy). Writes to no remote. */
export async function harvestFrom(dependencies: EngineDependencies, options: CallOptions): Promise<Harvest> {
  const { ledger, mapping } = dependencies;
  const pulled = await pull(dependencies, true, options);
  const referrals: Referral[] = [];
  const opportunities: OpportunityRecord[] = [];
  const referralIds = [...(pulled.allReferrals ?? [])];
  for (let start = 0; start < referralIds.length; start += CHUNK)
    for (const { record } of (await ledger.referrals(referralIds.slice(start, start + CHUNK))).values())
      referrals.push(record);
  const opportunityIds = [...(pulled.allOpportunities ?? [])];
  for (let start = 0; start < opportunityIds.length; start += CHUNK)
    for (const { record } of (
      await ledger.opportunities(opportunityIds.slice(start, start + CHUNK))
    ).values())
      if (!record.deleted) opportunities.push(record);
  return harvestSolutions(referrals, opportunities, mapping);
}
