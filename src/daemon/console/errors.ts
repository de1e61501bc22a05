/** What the console answers when it cannot do what was asked. */

/** A request that is refused: what happened, and what to do about it. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly status: number;
  /** A word for the page's script. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
