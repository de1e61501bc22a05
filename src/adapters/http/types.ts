/** What adapters send and get back. Bodies are text: each adapter parses at its own wire. */
import type { System } from '../../core/errors.ts';

export interface HttpRequest {
  /** What is being done, in words for error messages and logs: `Read referral 1234`. */
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path (and query) below the base URL, or an absolute URL of the same origin. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Deadline of one attempt: connecting, headers and body together. */
  readonly timeoutMs?: number;
  /**
   * Whether sending it twice does no harm: reads, writes under a precondition (`If-Match`), queries sent by POST.
   * A POST that is not repeatable is sent again only after an answer that says it was not carried out.
   */
  readonly repeatable: boolean;
  /** How the answer's bytes become its text; `latin1` keeps each byte of what is no text. Default `utf8`. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Whether it counts as a data request; sign-in does not. Default true. */
  readonly metered?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The id to quote to the remote's support. */
  readonly requestId: string | null;
  /** Of a write: an earlier attempt was not heard of and may have been carried out, which no refusal takes back. */
  readonly afterUnheard?: boolean;
}

/**
 * Sends requests to one origin.
 *
 * `send` resolves with any answer that was not retried away, whatever its status, and throws
 * - `RemoteError` `unavailable`: no answer (network, deadline, cut or oversized body, redirect)
 * - `RemoteError` `rate-limited`: the host asks for a longer pause than a caller should wait
 * - `RemoteError` `configuration`: the request would leave the configured origin; nothing was sent
 * - the signal's reason when the caller aborts.
 */
export interface HttpClient {
  readonly baseUrl: string;
  send(request: HttpRequest): Promise<HttpResponse>;
}

/** Time and chance, so that tests neither wait nor flicker. A fake `sleep` should move what `now` returns. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after the time, or rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}

/** Requests sent so far; the owner passes one object to every client whose requests it wants added up. */
export interface RequestCounters {
  requests: number;
  retries: number;
}

/** One attempt, for logs. */
export interface Exchange {
  readonly system: System;
  readonly operation: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly requestId: string | null;
}
