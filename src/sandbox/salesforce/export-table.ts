/** A CSV file as rows with their lines. */
import { parse } from 'csv-parse/sync';
import type { ExportProblem } from './export-error.ts';

export interface ExportTable {
  readonly header: readonly string[];
  readonly records: readonly { readonly cells: readonly string[]; readonly line: number }[];
}

/** The file's rows, or null when it is no table at all; what is wrong is added to the problems. */
export function readTable(text: string, file: string, problems: ExportProblem[]): ExportTable | null {
  let parsed: { record: string[]; info: { lines: number } }[];
  try {
    parsed = parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as typeof parsed;
  } catch (error) {
    const line = error instanceof Error && 'lines' in error ? Number(error.lines) : null;
    const message = 'the file is not a table of comma-separated, quoted values';
    problems.push({
      file,
      line,
      column: null,
      message,
      remedy: 'Export the file again; do not edit it by hand.',
    });
    return null;
  }
  const [first, ...rest] = parsed;
  if (first === undefined) {
    problems.push({
      file,
      line: null,
      column: null,
      message: 'the file is empty',
      remedy: 'Export it again.',
    });
    return null;
  }
  const header = first.record.map((name) => name.trim());
  const records: { cells: string[]; line: number }[] = [];
  let line = first.info.lines + 1;
  for (const { record, info } of rest) {
    // The parser counts to a record's last line; a quoted text may span several.
    if (record.length !== header.length) {
      const message = `the row has ${record.length} values, the header ${header.length}`;
      problems.push({
        file,
        line,
        column: null,
        message,
        remedy: 'Look for a missing quotation mark above this line.',
      });
    } else records.push({ cells: record, line });
    line = info.lines + 1;
  }
  return { header, records };
}
