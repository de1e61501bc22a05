/** `$batch`: parts one after the other, change sets as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type BatchItem, type PartRequest, parseBatch } from './batch-parse.ts';
import { badPayload, badRequest, type DataverseError } from './dataverse-error.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  bodyText,
  type Handler,
  JSON_TYPE,
  parseTarget,
} from './http.ts';
import { readPreferences } from './query-options.ts';
import type { Reference } from './values.ts';

const EOL = '\r\n';
/** What the outer request says and its parts take over. */
const INHERITED = new Set([
  'prefer',
  'consistency',
  'mscrm.suppressduplicatedetection',
  'mscrm.solutionuniquename',
]);
const MAX_URL = 65_536;

export interface BatchTools {
  /** Runs one request; errors are answers too. */
  run(context: ApiContext, call: ApiCall): ApiAnswer;
  /** The answer to an error. */
  refuse(error: DataverseError): ApiAnswer;
}

function render(answer: ApiAnswer, contentId: string | null): string {
  const body = bodyText(answer);
  const type = answer.contentType ?? (body === '' ? null : JSON_TYPE);
  const headers: Record<string, string> = {
    ...(type === null ? {} : { 'Content-Type': type }),
    'OData-Version': '4.0',
    ...answer.headers,
  };
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
    '',
  ].join(EOL);
}

/** The call that a part stands for. @throws DataverseError when its URL leads nowhere */
function toCall(
  outer: ApiCall,
  part: PartRequest,
  references: ReadonlyMap<string, Reference>,
  context: ApiContext,
): ApiCall {
  const origin = outer.apiUrl.slice(0, outer.apiUrl.indexOf('/api/data/'));
  let target = part.target;
  const reference = /^\/?\$(\w+)(\/.*)?$/.exec(target);
  if (reference !== null) {
    const row = references.get(reference[1] ?? '');
    if (row === undefined) {
      throw badRequest('', `Content-ID Reference: '$${reference[1]}' does not exist in the batch context.`);
    }
    const { entitySet } = context.org.schema.get(row.table);
    target = `${outer.apiUrl.slice(origin.length)}/${entitySet}(${row.id})${reference[2] ?? ''}`;
  }
  target = target.replace(/^https?:\/\/[^/]+/, '');
  const parsed = parseTarget(target.replace(/ /g, '%20'));
  if (parsed === null || target.length > MAX_URL) {
    throw badRequest(
      '0x80060888',
      'The URL of a batch part must be absolute, or begin at the host with /api/data/.',
    );
  }
  if (parsed.segments[0]?.name === '$batch')
    throw badRequest('0x80060888', 'A batch cannot hold another batch.');
  const inherited = Object.fromEntries(Object.entries(outer.headers).filter(([name]) => INHERITED.has(name)));
  const headers = { ...inherited, ...part.headers };
  return {
    method: part.method,
    segments: parsed.segments,
    rawQuery: parsed.rawQuery,
    headers,
    preferences: readPreferences(headers.prefer),
    body: part.body,
    apiUrl: `${origin}/api/data/${parsed.version}`,
    uri: `${origin}${target}`,
    isPart: true,
  };
}

/** The row that an answer says was written. */
function writtenRow({ org }: ApiContext, answer: ApiAnswer): Reference | null {
  const link = answer.headers?.['OData-EntityId'] ?? '';
  const match = /\/(\w+)\(([0-9a-f-]{36})\)$/.exec(link);
  const table = org.schema.bySet(match?.[1] ?? '');
  return match === null || table === undefined ? null : { table: table.name, id: match[2] ?? '' };
}

class PartFailed extends Error {
  override readonly name = 'PartFailed';
  readonly answer: ApiAnswer;
  constructor(answer: ApiAnswer) {
    super('A part of the change set failed.');
    this.answer = answer;
  }
}

/** Runs a batch. Parts count as one request of the user or as many, which the caller decides. */
export function runBatch(context: ApiContext, call: ApiCall, tools: BatchTools): ApiAnswer {
  const { items, lastIsUnreadable } = parseBatch(call.body, call.headers['content-type']);
  const unreadable = tools.refuse(badPayload('', 'System.ArgumentException: Stream was not readable.'));
  const boundary = `batchresponse_${randomUUID()}`;
  const lines: string[] = [];
  let status = 200;

  const runPart = (part: PartRequest, references: ReadonlyMap<string, Reference>): ApiAnswer => {
    const inner: ApiContext = { ...context, references };
    const handler: Handler = (each, made) => tools.run(each, made);
    try {
      return handler(inner, toCall(call, part, references, inner));
    } catch (error) {
      if (error instanceof Error && error.name === 'DataverseError')
        return tools.refuse(error as DataverseError);
      throw error;
    }
  };

  function runChangeSet(
    requests: readonly PartRequest[],
    isUnreadable: boolean,
  ): { text: string; status: number } {
    const inner = `changesetresponse_${randomUUID()}`;
    const references = new Map<string, Reference>();
    try {
      const answers = context.org.store.transaction(() =>
        requests.map((request, index) => {
          const isLast = index === requests.length - 1;
          const answer = isLast && isUnreadable ? unreadable : runPart(request, references);
          if (answer.status >= 400) throw new PartFailed(answer);
          const row = writtenRow(context, answer);
          if (row !== null && request.contentId !== null) references.set(request.contentId, row);
          return `--${inner}${EOL}${render(answer, request.contentId)}`;
        }),
      );
      const head = `Content-Type: multipart/mixed; boundary=${inner}${EOL}${EOL}`;
      return { text: `${head}${answers.join('')}--${inner}--${EOL}`, status: 200 };
    } catch (error) {
      if (!(error instanceof PartFailed)) throw error;
      return { text: render(error.answer, null), status: error.answer.status };
    }
  }

  function runItem(item: BatchItem, isUnreadable: boolean): { text: string; status: number } {
    if (item.kind === 'changeSet') return runChangeSet(item.requests, isUnreadable);
    const answer = isUnreadable ? unreadable : runPart(item.request, new Map());
    return { text: render(answer, item.request.contentId), status: answer.status };
  }

  for (const [index, item] of items.entries()) {
    const done = runItem(item, lastIsUnreadable && index === items.length - 1);
    lines.push(`--${boundary}${EOL}${done.text}`);
    if (done.status < 400 || call.preferences.continueOnError) continue;
    status = done.status;
    break;
  }
  return {
    status,
    text: `${lines.join('')}--${boundary}--${EOL}`,
    contentType: `multipart/mixed; boundary=${boundary}`,
  };
}

/** How many requests a batch holds, as far as that can be told without reading it whole. */
export function countParts(body: string): number {
  return Math.max(1, (body.match(/^(?:GET|POST|PATCH|PUT|DELETE)\s+\S+.*$/gm) ?? []).length);
}
