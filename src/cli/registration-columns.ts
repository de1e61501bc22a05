/** The CRM columns of the deal registration: what each is for, and the type to make it with. */
import type { RegistrationColumn, RegistrationMapping } from '../core/mapping-types.ts';
import type { ColumnShape } from '../core/ports.ts';
import { DEPLOYMENTS, PRICING_MODELS, TERMS } from '../core/registration-values.ts';

const SHAPES: Readonly<Record<RegistrationColumn, readonly [label: string, shape: ColumnShape]>> = {
  contractValue: ['Contract Value', { kind: 'money' }],
  contractCurrency: ['Contract Currency', { kind: 'text', length: 255 }],
  signDate: ['Contract Signed', { kind: 'date' }],
  startDate: ['Contract Start', { kind: 'date' }],
  endDate: ['Contract End', { kind: 'date' }],
  term: ['Contract Term', { kind: 'choice', choices: TERMS }],
  solutionValue: ['Solution Value', { kind: 'money' }],
  deployedOnAzure: ['Deployed on Azure', { kind: 'flag' }],
  primaryDeploymentOn: ['Primary Deployment On', { kind: 'choice', choices: DEPLOYMENTS }],
  pricingModel: ['Pricing Model', { kind: 'choice', choices: PRICING_MODELS }],
  marketplaceTransacted: ['Transacted in Marketplace', { kind: 'flag' }],
  marketplaceTransactionDate: ['Marketplace Transaction Date', { kind: 'date' }],
};

export interface RegistrationNeed {
  readonly path: string;
  readonly use: string;
  readonly shape: ColumnShape;
  readonly label: string;
}

/** Every column of the section, in its order. */
export function registrationNeeds(mapping: RegistrationMapping | undefined): readonly RegistrationNeed[] {
  if (mapping === undefined) return [];
  const use = 'the deal registration';
  const needs: RegistrationNeed[] = [
    {
      path: mapping.wanted,
      use: 'the wish to register the deal',
      shape: { kind: 'flag' },
      label: 'Register Deal',
    },
  ];
  for (const [column, [label, shape]] of Object.entries(SHAPES)) {
    const path = mapping.values[column as RegistrationColumn]?.crm ?? null;
    if (path !== null) needs.push({ path, use, shape, label });
  }
  if (mapping.status !== null)
    needs.push({
      path: mapping.status,
      use: "the state of Microsoft's review",
      shape: { kind: 'text', length: 255 },
      label: 'Registration Status',
    });
  return needs;
}
