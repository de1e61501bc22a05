/** A deal as another party or a portal user would have filled it in; callers lay their own values over it. */
import type { JsonObject } from './json.ts';

/** A complete body; made-up people and companies. */
export function sampleDeal(closingDateTime: string): JsonObject {
  return {
    name: 'Analytics rollout',
    type: 'Shared',
    qualification: 'SalesQualified',
    customerProfile: {
      name: 'Fabrikam GmbH',
      address: {
        addressLine1: 'Musterweg 5',
        city: 'Essen',
        state: 'NW',
        postalCode: '45127',
        country: 'DE',
      },
      size: '251to1000employees',
      team: [
        {
          firstName: 'Mia',
          lastName: 'Kunde',
          phoneNumber: '+49 201 5550100',
          email: 'mia@fabrikam.example',
        },
      ],
      ids: [],
    },
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: true,
    },
    details: {
      notes: 'Customer wants to consolidate reporting.',
      dealValue: 50_000,
      currency: 'EUR',
      closingDateTime,
      requirements: { solutions: [{ id: 'SOL-10000-AAA', name: 'Partner Analytics', type: 'Name' }] },
    },
    team: [
      { firstName: 'Kim', lastName: 'Seller', phoneNumber: '+49 30 5550101', email: 'kim@partner.example' },
    ],
    target: [],
  };
}

/** Who joins the deal on Microsoft's side when Microsoft accepts. */
export const MICROSOFT_SELLER: JsonObject = {
  firstName: 'Avery',
  lastName: 'Fielding',
  phoneNumber: '+1 425 555 0199',
  email: 'avery.fielding@microsoft.example',
  title: 'Account Executive',
};
