/** What a message to the operators can be about; what needs a person soonest comes first. */
export const OCCASIONS = [
  'halted',
  'credentials',
  'deadline',
  'inbound',
  'approval',
  'conflict',
  'parked',
  'answered',
  'notice',
] as const;
export type Occasion = (typeof OCCASIONS)[number];
