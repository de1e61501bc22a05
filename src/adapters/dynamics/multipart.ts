/**
 * The envelope of `$batch`: HTTP requests and answers as parts of a multipart/mixed body. Dataverse wants every line to
 * end with CRLF, the last one too; answers are read with either line end, because proxies and recordings differ.
 */

/** One request inside a batch. */
export interface BatchPart {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** From the host's root: `/api/data/v9.2/opportunities(…)`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** One request, or several that are done all or not at all (a change set, which takes no GET). */
export type BatchItem = BatchPart | { readonly changeSet: readonly BatchPart[] };

/** One answer inside a batch. */
export interface PartAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly contentId: string | null;
}

/** The answers to one item: one, or those of a change set; a change set that failed has a single one. */
export type ItemAnswer = readonly PartAnswer[];

const CRLF = '\r\n';

/** What a part of an item is called, so that its answer can be told whatever the order. Change sets may refer to it. */
export function contentIdOf(item: number, part = 0): string {
  return String(item * 100 + part + 1);
}

/** The body of a batch request. @param boundary must not occur in any part */
export function renderBatch(items: readonly BatchItem[], boundary: string): string {
  const lines: string[] = [];
  items.forEach((item, index) => {
    lines.push(`--${boundary}`);
    if ('changeSet' in item) {
      const inner = `changeset_${index}_${boundary}`;
      lines.push(`Content-Type: multipart/mixed; boundary=${inner}`, '');
      item.changeSet.forEach((part, position) => {
        lines.push(`--${inner}`, ...partLines(part, contentIdOf(index, position)));
      });
      lines.push(`--${inner}--`);
    } else lines.push(...partLines(item, contentIdOf(index)));
  });
  lines.push(`--${boundary}--`, '');
  return lines.join(CRLF);
}

function partLines({ method, url, headers = {}, body }: BatchPart, contentId: string): string[] {
  const inner = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...headers,
  };
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    `Content-ID: ${contentId}`,
    '',
    `${method} ${plainLine(url)} HTTP/1.1`,
    ...Object.entries(inner).map(([name, value]) => `${name}: ${plainLine(value)}`),
    '',
    // JSON.stringify escapes line ends, so a body is one line and can hold no boundary line.
    body === undefined ? '' : JSON.stringify(body),
  ];
}

/** A URL or header value goes into a line of its own: a line end in it would begin another header. */
function plainLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** The boundary that a multipart content type names, or null when it is none. */
export function boundaryOf(contentType: string): string | null {
  const found = /^\s*multipart\/mixed\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2] ?? null;
}

/**
 * The answers of a batch, by the position of the items that were sent. Answers are told by their Content-ID, those
 * without one by their order. An item without an answer has an empty list: what became of it is unknown.
 * Null: the body is no multipart text with this boundary.
 */
export function parseBatch(body: string, boundary: string, sent: number): readonly ItemAnswer[] | null {
  const sections = sectionsOf(body, boundary);
  if (sections === null) return null;
  const answers = sections.flatMap((section): ItemAnswer[] => {
    const answer = itemAnswerOf(section);
    return answer.length === 0 ? [] : [answer];
  });
  const found: ItemAnswer[] = Array.from({ length: sent }, () => []);
  const unnamed: ItemAnswer[] = [];
  for (const answer of answers) {
    const named = answer.find(({ contentId }) => contentId !== null)?.contentId ?? null;
    const index = named === null ? -1 : itemOfContentId(named);
    if (index >= 0 && index < sent && found[index]?.length === 0) found[index] = answer;
    else unnamed.push(answer);
  }
  for (const answer of unnamed) {
    const index = found.findIndex((taken) => taken.length === 0);
    if (index >= 0) found[index] = answer;
  }
  return found;
}

function itemOfContentId(contentId: string): number {
  return /^\d+$/.test(contentId) ? Math.floor((Number(contentId) - 1) / 100) : -1;
}

/** The texts between boundary lines; a text that no boundary line ends was cut off and is left out. */
function sectionsOf(body: string, boundary: string): string[] | null {
  const delimiter = `--${boundary}`;
  const sections: string[] = [];
  let current: string[] | null = null;
  for (const line of body.split(/\r?\n/)) {
    const text = line.trimEnd();
    if (text !== delimiter && text !== `${delimiter}--`) {
      current?.push(line);
      continue;
    }
    if (current !== null) sections.push(current.join('\n'));
    current = [];
    if (text !== delimiter) return sections;
  }
  return current === null ? null : sections;
}

function itemAnswerOf(section: string): ItemAnswer {
  const { headers, rest } = readHeaders(section);
  const inner = boundaryOf(headers['content-type'] ?? '');
  if (inner !== null) {
    return (sectionsOf(rest, inner) ?? []).flatMap((part) => answerOf(part) ?? []);
  }
  return [answerOf(section)].filter((answer) => answer !== null);
}

function answerOf(section: string): PartAnswer | null {
  const envelope = readHeaders(section);
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})[^\n]*(?:\n|$)/.exec(envelope.rest.trimStart());
  if (status === null) return null;
  const { headers, rest } = readHeaders(envelope.rest.trimStart().slice(status[0].length));
  const contentId = envelope.headers['content-id'] ?? headers['content-id'] ?? null;
  return { status: Number(status[1]), headers, body: rest.trim(), contentId: contentId?.trim() ?? null };
}

/** Header lines up to the first empty line, and what follows it. */
function readHeaders(text: string): { readonly headers: Record<string, string>; readonly rest: string } {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end).trim();
    at = end < 0 ? text.length : end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, rest: text.slice(at) };
}
