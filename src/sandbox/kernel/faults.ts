/** The fault switchboard: rules that make the next matching requests fail in a chosen way. */
import type { SandboxSystem } from './journal.ts';

/**
 * - `status`: answers with this status, headers and body
 * - `reset`: destroys the connection
 * - `cut`: sends the headers and half of the body, then destroys the connection
 * - `stall`: sends the headers and half of the body, then nothing until the client gives up
 * - `hang`: sends nothing until the client gives up
 * - `delay`: answers normally, `delayMs` later
 */
export type FaultKind = 'status' | 'reset' | 'cut' | 'stall' | 'hang' | 'delay';

export interface FaultRule {
  readonly system: SandboxSystem;
  readonly kind: FaultKind;
  /** Before the request takes effect at the server, or after (the write happened, the answer is lost). */
  readonly when: 'before' | 'after';
  readonly method?: string;
  /** Regular expression over the path and query. */
  readonly path?: string;
  /** Only requests that would mutate something. */
  readonly writesOnly?: boolean;
  /** Lets this many matching requests pass first. */
  readonly skip?: number;
  /** How many matching requests it hits; default 1. */
  readonly times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly delayMs?: number;
}

export interface Faults {
  add(rule: FaultRule): number;
  remove(id: number): void;
  clear(): void;
  list(): readonly (FaultRule & { readonly id: number; readonly hits: number })[];
  /** The rule that hits this request, which is thereby used up once. */
  take(request: {
    readonly system: SandboxSystem;
    readonly method: string;
    readonly target: string;
    readonly write: boolean;
    readonly body?: string;
  }): FaultRule | null;
}

interface ArmedRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly pattern: RegExp | null;
  seen: number;
  hits: number;
}

/** @throws SyntaxError when a rule's path is not a regular expression. */
export function createFaults(): Faults {
  let armed: ArmedRule[] = [];
  let nextId = 1;
  return {
    add(rule) {
      const id = nextId++;
      armed.push({
        id,
        rule,
        pattern: rule.path === undefined ? null : new RegExp(rule.path),
        seen: 0,
        hits: 0,
      });
      return id;
    },
    remove(id) {
      armed = armed.filter((entry) => entry.id !== id);
    },
    clear() {
      armed = [];
    },
    list: () => armed.map(({ id, rule, hits }) => ({ ...rule, id, hits })),
    take(request) {
      for (const entry of armed) {
        const { rule } = entry;
        if (rule.system !== request.system) continue;
        if (rule.method !== undefined && rule.method.toUpperCase() !== request.method) continue;
        if (rule.writesOnly === true && !request.write) continue;
        if (entry.pattern !== null && !entry.pattern.test(request.target)) continue;
        entry.seen += 1;
        if (entry.seen <= (rule.skip ?? 0) || entry.hits >= (rule.times ?? 1)) continue;
        entry.hits += 1;
        return rule;
      }
      return null;
    },
  };
}
