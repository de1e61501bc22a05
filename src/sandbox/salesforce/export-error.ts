/** What is wrong with a data export. */

/** Something in the folder that cannot be loaded. */
export interface ExportProblem {
  readonly file: string;
  /** Line in the file, from 1; null when it is about the file as a whole. */
  readonly line: number | null;
  readonly column: string | null;
  readonly message: string;
  readonly remedy: string;
}

const MAX_SHOWN = 20;

/** Nothing was loaded; every problem is listed. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly problems: readonly ExportProblem[];
  constructor(problems: readonly ExportProblem[]) {
    const shown = problems.slice(0, MAX_SHOWN).map(({ file, line, column, message, remedy }) => {
      const place = [file, line === null ? null : `line ${line}`, column].filter((part) => part !== null);
      return `${place.join(', ')}: ${message}. ${remedy}`;
    });
    const more = problems.length - shown.length;
    super([...shown, ...(more > 0 ? [`… and ${more} more problems.`] : [])].join('\n'));
    this.problems = problems;
  }
}
