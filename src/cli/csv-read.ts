/** Reads comma-separated values as spreadsheets save them: with commas, semicolons or tabs, with or without quotes. */
import { ConfigurationError } from '../core/errors.ts';

export interface CsvRow {
  /** The line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const DELIMITERS = [',', ';', '\t'] as const;

/** The separator that the first line has most of outside quotes; a comma where it has none. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split(/\r?\n/, 1);
  const bare = first.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return [...DELIMITERS].sort((a, b) => count(b) - count(a))[0] ?? ',';
}

/**
 * Reads all rows; empty lines are left out.
 * @throws ConfigurationError naming the file, the line and the remedy
 */
export function parseCsv(text: string, file: string): readonly CsvRow[] {
  const clean = text.replace(/^\ufeff/, '');
  const delimiter = delimiterOf(clean);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let rowLine = 1;
  let quotedSince: number | null = null;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((value) => value !== '')) rows.push({ line: rowLine, cells });
    cells = [];
    cell = '';
    rowLine = line;
  };
  for (let index = 0; index < clean.length; index += 1) {
    const character = clean.charAt(index);
    if (character === '\n') line += 1;
    if (quotedSince !== null) {
      if (character !== '"') cell += character;
      else if (clean.charAt(index + 1) === '"') {
        cell += '"';
        index += 1;
      } else quotedSince = null;
    } else if (character === '"' && cell === '') quotedSince = line;
    else if (character === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r' || clean.charAt(index + 1) !== '\n') cell += character;
  }
  if (quotedSince !== null) {
    throw new ConfigurationError([
      `${file}:${quotedSince}: a quoted cell is not closed; add the closing quote, or save the file as CSV again. Nothing was changed.`,
    ]);
  }
  endRow();
  return rows;
}
