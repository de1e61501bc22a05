/** Comma-separated values that a spreadsheet shows as text, whatever a record's name begins with. */

/** What spreadsheets read as the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r\n|%]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]/;

/** One cell: formulas are disarmed by an apostrophe, plain numbers stay numbers. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = FORMULA.test(text.trimStart()) && !NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows with a header, CRLF line ends as RFC 4180 wants them. */
export function toCsv(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}
