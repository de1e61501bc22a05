/** People around an opportunity: users of our own, contacts at the customer. */
import type { Person } from '../../core/deal.ts';
import type { Row } from './schema.ts';

export const USER_COLUMNS = [
  'firstname',
  'lastname',
  'internalemailaddress',
  'address1_telephone1',
  'mobilephone',
];
export const CONTACT_COLUMNS = ['firstname', 'lastname', 'emailaddress1', 'telephone1', 'mobilephone'];

function textOf(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function personOf(row: Row, email: string, phone: string): Person {
  return {
    firstName: textOf(row, 'firstname'),
    lastName: textOf(row, 'lastname'),
    email: textOf(row, email)?.toLowerCase() ?? null,
    phone: textOf(row, phone) ?? textOf(row, 'mobilephone'),
  };
}

/** A user's row as a person. */
export function userOf(row: Row): Person {
  return personOf(row, 'internalemailaddress', 'address1_telephone1');
}

/** A contact's row as a person. */
export function contactOf(row: Row): Person {
  return personOf(row, 'emailaddress1', 'telephone1');
}
