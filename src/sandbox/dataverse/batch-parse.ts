/** Reads multipart batches. The server is strict about line ends: every line must end with CRLF, also the last. */
import { badRequest } from './dataverse-error.ts';

export interface PartRequest {
  readonly method: string;
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly contentId: string | null;
}

export type BatchItem =
  | { readonly kind: 'single'; readonly request: PartRequest }
  | { readonly kind: 'changeSet'; readonly requests: readonly PartRequest[] };

export interface ParsedBatch {
  readonly items: readonly BatchItem[];
  /** The line ends are wrong, so that the last operation cannot be read. */
  readonly lastIsUnreadable: boolean;
}

const MAX_REQUESTS = 1000;

/** The boundary in a content type, or null. Quotes around it are no part of it. */
export function boundaryOf(contentType: string | undefined): string | null {
  const match = /boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2] ?? null;
}

/** A broken envelope is answered with a plain error. */
function broken(detail: string): Error {
  return badRequest('0x80060888', `The batch request is not valid: ${detail}`);
}

interface Entity {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Header lines up to an empty line, and what follows. */
function splitEntity(text: string): Entity {
  const at = /\r?\n\r?\n/.exec(text);
  const head = at === null ? text : text.slice(0, at.index);
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: at === null ? '' : text.slice(at.index + at[0].length) };
}

/** The parts between boundaries. @throws DataverseError when a boundary is missing */
function splitParts(text: string, boundary: string): string[] {
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pieces = text.split(new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`));
  if (pieces.length < 3) throw broken(`the boundary --${boundary} is missing.`);
  // Text and closing mark alternate behind the preamble.
  const parts: string[] = [];
  for (let at = 1; at + 1 < pieces.length; at += 2) {
    if (pieces[at] === '--') return parts;
    parts.push((pieces[at + 1] ?? '').replace(/^\r?\n/, ''));
  }
  throw broken(`the closing boundary --${boundary}-- is missing.`);
}

function readRequest({ headers, body }: Entity): PartRequest {
  if (!/^application\/http\b/i.test(headers['content-type'] ?? '')) {
    throw broken('a part has no Content-Type application/http.');
  }
  const [line = '', ...rest] = body.replace(/^(?:\r?\n)+/, '').split(/\r?\n/);
  const match = /^(GET|POST|PATCH|PUT|DELETE)\s+(\S.*?)(?:\s+HTTP\/1\.1)?\s*$/i.exec(line);
  if (match === null) throw broken(`'${line.slice(0, 60)}' is no request line.`);
  const inner = splitEntity(rest[0] === '' ? `\r\n${rest.join('\r\n')}` : rest.join('\r\n'));
  return {
    method: (match[1] ?? '').toUpperCase(),
    target: match[2] ?? '',
    headers: rest[0] === '' ? {} : inner.headers,
    body: (rest[0] === '' ? rest.slice(1).join('\r\n') : inner.body).trim(),
    contentId: headers['content-id'] ?? null,
  };
}

function readItem(text: string): BatchItem {
  const entity = splitEntity(text);
  const type = entity.headers['content-type'] ?? '';
  if (!/^multipart\/mixed\b/i.test(type)) return { kind: 'single', request: readRequest(entity) };
  const boundary = boundaryOf(type);
  if (boundary === null) throw broken('a change set has no boundary.');
  const requests = splitParts(`\r\n${entity.body}`, boundary).map((part) => readRequest(splitEntity(part)));
  for (const { method, contentId } of requests) {
    if (method === 'GET') throw broken('a change set cannot hold GET requests.');
    if (contentId === null) throw broken('Content-ID is missing for one or more requests of a change set.');
  }
  return { kind: 'changeSet', requests };
}

/** Line ends of the envelope: bodies may have their own. */
function lineEndsAreWrong(text: string): boolean {
  const usesLineFeeds = /[^\r]\n/.test(text.replace(/\{[\s\S]*?\}(?=\r?\n)/g, ''));
  return usesLineFeeds ? !/--\r?\n\r?\n\r?$|--\n\n\n?$/.test(text) : !/--[ \t]*\r\n\s*$/.test(text);
}

/** @throws DataverseError when the envelope is broken or too large */
export function parseBatch(body: string, contentType: string | undefined): ParsedBatch {
  const boundary = boundaryOf(contentType);
  if (boundary === null || !/^multipart\/mixed\b/i.test(contentType ?? '')) {
    throw broken('the Content-Type must be multipart/mixed with a boundary.');
  }
  const items = splitParts(`\r\n${body}`, boundary).map(readItem);
  const count = items.reduce((sum, item) => sum + (item.kind === 'single' ? 1 : item.requests.length), 0);
  if (count > MAX_REQUESTS) throw broken(`it holds ${count} requests, more than ${MAX_REQUESTS}.`);
  return { items, lastIsUnreadable: lineEndsAreWrong(body) };
}
