/** How a mapping names columns. */
import { text } from './scalars.ts';

const COLUMN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?$/;

/** A column of the opportunity itself. */
export const crmColumn = text.regex(
  COLUMN,
  "must be a column of the opportunity's own, without blanks and dots",
);
/** A column, or one of a related row. */
export const crmPath = text.regex(PATH, 'must be a column, or Lookup.Column');
