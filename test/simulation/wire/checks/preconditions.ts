/** G4 on the wire: every update names a version that the server had given, unless only our own columns are written. */
import { z } from 'zod';
import type { Mapping } from '../../../../src/core/mapping-types.ts';
import type { SandboxSystem } from '../../../../src/sandbox/kernel/journal.ts';
import type { SandboxRequest } from '../../../../src/sandbox/kernel/server.ts';
import type { Knowledge } from '../knowledge.ts';

const Part = z.looseObject({
  method: z.string(),
  url: z.string(),
  httpHeaders: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
});
const Composite = z.object({ compositeRequest: z.array(Part) });
const Records = z.object({ records: z.array(z.record(z.string(), z.unknown())) });
const ONE_OPPORTUNITY = /\/sobjects\/Opportunity\/[A-Za-z0-9]{15,18}$/u;
const LONG_AGO = new Date(0).toUTCString();
const NOT_COLUMNS = new Set(['attributes', 'id', 'Id']);

/** What is wrong with a write as it arrives; empty: nothing. */
export function inspectPreconditions(
  request: SandboxRequest,
  system: SandboxSystem,
  knowledge: Knowledge,
  mapping: Mapping,
): readonly string[] {
  const columns = [...Object.values(mapping.tag), mapping.registration?.status ?? null];
  const own = new Set(columns.filter((path) => path !== null));
  if (system === 'partner-center') return inspectReferral(request, knowledge);
  if (system === 'dataverse') return inspectDataverse(request, knowledge, own);
  return system === 'salesforce' ? inspectSalesforce(request, knowledge, own) : [];
}

function inspectReferral({ method, target, headers }: SandboxRequest, knowledge: Knowledge): string[] {
  if (method !== 'PATCH' && method !== 'PUT') return [];
  const eTag = headers['if-match'];
  if (eTag !== undefined && knowledge.knowsETag(eTag)) return [];
  return [`G4 ${method} ${target} carried If-Match ${eTag ?? '(none)'}, which was never given`];
}

const onlyOwn = (body: unknown, own: ReadonlySet<string>): boolean =>
  typeof body === 'object' &&
  body !== null &&
  Object.keys(body).every((name) => NOT_COLUMNS.has(name) || own.has(name));

/** The requests in a body of `$batch`, or the request itself. */
function* dataverseParts(request: SandboxRequest): Iterable<{
  readonly line: string;
  readonly ifMatch: string | undefined;
  readonly body: string;
}> {
  if (!request.path.endsWith('/$batch')) {
    const { method, target, headers, body } = request;
    yield { line: `${method} ${target}`, ifMatch: headers['if-match'], body };
    return;
  }
  for (const piece of request.body.split(/\r?\n--/u)) {
    const found = /^(PATCH|PUT) (\S+) HTTP\/1\.1\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*)$/mu.exec(piece);
    if (found === null) continue;
    const [, method = '', url = '', headers = '', body = ''] = found;
    yield { line: `${method} ${url}`, ifMatch: /^If-Match:\s*(.+?)\s*$/imu.exec(headers)?.[1], body };
  }
}

function inspectDataverse(request: SandboxRequest, knowledge: Knowledge, own: ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  for (const { line, ifMatch, body } of dataverseParts(request)) {
    if (!/^(?:PATCH|PUT) \S*\/opportunities\(/u.test(line)) continue;
    if (ifMatch !== undefined && knowledge.knowsETag(ifMatch)) continue;
    if (ifMatch === '*' && onlyOwn(JSON.parse(body), own)) continue;
    wrong.push(`G4 ${line} carried If-Match ${ifMatch ?? '(none)'}, which was never given`);
  }
  return wrong;
}

/** Salesforce takes a row's stamp to the second, in a PATCH of one row; collections only write our own columns here. */
function inspectSalesforce(
  { method, path, headers, body }: SandboxRequest,
  knowledge: Knowledge,
  own: ReadonlySet<string>,
): string[] {
  if (method === 'PATCH' && ONE_OPPORTUNITY.test(path))
    return inspectRow(path, headers['if-unmodified-since'], JSON.parse(body), knowledge, own);
  if (!path.endsWith('/composite')) return [];
  return Composite.parse(JSON.parse(body)).compositeRequest.flatMap((part) => {
    if (part.method !== 'PATCH') return [];
    if (ONE_OPPORTUNITY.test(part.url))
      return inspectRow(part.url, part.httpHeaders?.['If-Unmodified-Since'], part.body, knowledge, own);
    const { records } = Records.parse(part.body);
    return records.every((record) => onlyOwn(record, own))
      ? []
      : [`G4 PATCH ${part.url} wrote people's columns without a version`];
  });
}

function inspectRow(
  url: string,
  since: string | undefined,
  body: unknown,
  knowledge: Knowledge,
  own: ReadonlySet<string>,
): string[] {
  // A question that must be refused: it changes nothing.
  if (since === LONG_AGO && typeof body === 'object' && body !== null && Object.keys(body).length === 0)
    return [];
  if (since !== undefined && knowledge.knowsStamp(since)) return [];
  if (since === undefined && onlyOwn(body, own)) return [];
  return [`G4 PATCH ${url} was sent if unmodified since ${since ?? '(nothing)'}, which was never given`];
}
