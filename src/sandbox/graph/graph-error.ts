/** A refusal as Graph words it. */
import type { SandboxClock } from '../kernel/clock.ts';

export class GraphRefusal extends Error {
  override readonly name = 'GraphRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  toJson(clock: SandboxClock, requestId: string): object {
    const date = clock.now().toISOString().slice(0, 19);
    return {
      error: {
        code: this.code,
        message: this.message,
        innerError: { date, 'request-id': requestId, 'client-request-id': requestId },
      },
    };
  }
}
