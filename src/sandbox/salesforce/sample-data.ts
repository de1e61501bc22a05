/** Names, places and numbers that the sample org is made of. None of them belongs to anybody. */

export interface Place {
  readonly country: string;
  readonly city: string;
  readonly state: string | null;
  readonly postalCode: string;
  readonly street: string;
  /** International code, before a 555 number. */
  readonly dial: string;
}

export const PLACES: readonly Place[] = [
  {
    country: 'United States',
    city: 'Seattle',
    state: 'Washington',
    postalCode: '98101',
    street: 'Pine Street',
    dial: '+1 206',
  },
  {
    country: 'United States',
    city: 'Austin',
    state: 'Texas',
    postalCode: '78701',
    street: 'Congress Avenue',
    dial: '+1 512',
  },
  {
    country: 'Canada',
    city: 'Toronto',
    state: 'Ontario',
    postalCode: 'M5H 2N2',
    street: 'Bay Street',
    dial: '+1 416',
  },
  {
    country: 'United Kingdom',
    city: 'Manchester',
    state: null,
    postalCode: 'M1 1AE',
    street: 'Mosley Street',
    dial: '+44 161',
  },
  {
    country: 'Germany',
    city: 'Hamburg',
    state: 'Hamburg',
    postalCode: '20095',
    street: 'Steinstraße',
    dial: '+49 40',
  },
  {
    country: 'France',
    city: 'Lyon',
    state: null,
    postalCode: '69002',
    street: 'Rue de la République',
    dial: '+33 4',
  },
  {
    country: 'Netherlands',
    city: 'Utrecht',
    state: 'Utrecht',
    postalCode: '3511 LN',
    street: 'Oudegracht',
    dial: '+31 30',
  },
  {
    country: 'Spain',
    city: 'Valencia',
    state: 'Valencia',
    postalCode: '46002',
    street: 'Calle Colón',
    dial: '+34 96',
  },
  {
    country: 'Italy',
    city: 'Bologna',
    state: 'BO',
    postalCode: '40121',
    street: 'Via Galliera',
    dial: '+39 051',
  },
  {
    country: 'Sweden',
    city: 'Gothenburg',
    state: null,
    postalCode: '411 06',
    street: 'Kungsgatan',
    dial: '+46 31',
  },
  { country: 'Poland', city: 'Kraków', state: null, postalCode: '31-042', street: 'Rynek', dial: '+48 12' },
  {
    country: 'Switzerland',
    city: 'Basel',
    state: 'BS',
    postalCode: '4051',
    street: 'Steinenberg',
    dial: '+41 61',
  },
  {
    country: 'Brazil',
    city: 'Curitiba',
    state: 'PR',
    postalCode: '80010-000',
    street: 'Rua das Flores',
    dial: '+55 41',
  },
  {
    country: 'Mexico',
    city: 'Monterrey',
    state: 'Nuevo León',
    postalCode: '64000',
    street: 'Calle Morelos',
    dial: '+52 81',
  },
  { country: 'Japan', city: 'Osaka', state: 'Osaka', postalCode: '530-0001', street: 'Umeda', dial: '+81 6' },
  {
    country: 'South Korea',
    city: 'Busan',
    state: null,
    postalCode: '48060',
    street: 'Centum Road',
    dial: '+82 51',
  },
  {
    country: 'India',
    city: 'Pune',
    state: 'Maharashtra',
    postalCode: '411001',
    street: 'MG Road',
    dial: '+91 20',
  },
  {
    country: 'Australia',
    city: 'Brisbane',
    state: 'Queensland',
    postalCode: '4000',
    street: 'Queen Street',
    dial: '+61 7',
  },
  {
    country: 'Singapore',
    city: 'Singapore',
    state: null,
    postalCode: '049315',
    street: 'Collyer Quay',
    dial: '+65',
  },
  {
    country: 'South Africa',
    city: 'Durban',
    state: 'KwaZulu-Natal',
    postalCode: '4001',
    street: 'Florida Road',
    dial: '+27 31',
  },
];

export const COMPANY_WORDS = [
  'Alder',
  'Basalt',
  'Cobalt',
  'Drift',
  'Ember',
  'Fathom',
  'Granite',
  'Harbor',
  'Indigo',
  'Juniper',
  'Kestrel',
  'Lantern',
  'Meridian',
  'Nimbus',
  'Orchard',
  'Pioneer',
  'Quarry',
  'Ridge',
  'Summit',
  'Tundra',
];
export const COMPANY_KINDS = [
  'Logistics',
  'Foods',
  'Instruments',
  'Textiles',
  'Health',
  'Energy',
  'Retail',
  'Systems',
];
export const INDUSTRIES = ['Manufacturing', 'Retail', 'Healthcare', 'Energy', 'Transportation', 'Technology'];
export const FIRST_NAMES = [
  'Amara',
  'Bruno',
  'Chiara',
  'Dmitri',
  'Elena',
  'Farid',
  'Greta',
  'Hiro',
  'Ines',
  'Jonas',
  'Kavya',
  'Liam',
  'Mei',
  'Noor',
  'Oskar',
  'Priya',
  'Quentin',
  'Rosa',
  'Sami',
  'Tove',
];
export const LAST_NAMES = [
  'Abbott',
  'Berg',
  'Castillo',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Gupta',
  'Hansen',
  'Ito',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Moreau',
  'Nakamura',
  'Okafor',
  'Petrov',
  'Quinn',
  'Rossi',
  'Silva',
  'Tanaka',
];
export const TITLES = ['IT Director', 'Head of Procurement', 'CFO', 'Operations Manager', 'CIO'];
export const DEALS = [
  'migration',
  'workplace rollout',
  'data platform',
  'security review',
  'renewal',
  'pilot',
  'expansion',
];

export const PRODUCTS: readonly { readonly name: string; readonly family: string; readonly price: number }[] =
  [
    { name: 'GTX Basic', family: 'GTX', price: 550 },
    { name: 'GTX Pro', family: 'GTX', price: 4_821 },
    { name: 'GTX Plus Basic', family: 'GTX', price: 1_096 },
    { name: 'GTX Plus Pro', family: 'GTX', price: 5_482 },
    { name: 'MG Special', family: 'MG', price: 55 },
    { name: 'MG Advanced', family: 'MG', price: 3_393 },
    { name: 'GTK 500', family: 'GTK', price: 26_768 },
  ];

export const CAMPAIGNS = ['Cloud Days', 'Spring Webinar Series', 'Partner Breakfast', 'Modern Work Roadshow'];

/** Stages by how often an opportunity is in them, out of 100. */
export const STAGE_SHARES: readonly { readonly stage: string; readonly share: number }[] = [
  { stage: 'Prospecting', share: 18 },
  { stage: 'Qualification', share: 16 },
  { stage: 'Proposal/Price Quote', share: 16 },
  { stage: 'Negotiation/Review', share: 10 },
  { stage: 'Closed Won', share: 22 },
  { stage: 'Closed Lost', share: 18 },
];
