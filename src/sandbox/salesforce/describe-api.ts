/** `/sobjects` and `/sobjects/{object}/describe`, with the headers that spare a client the second look. */
import { createHash } from 'node:crypto';
import { unlessKnown } from './conditional.ts';
import { describeBrief, describeObject } from './describe.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, notAllowed } from './http.ts';
import type { SObject } from './object.ts';
import { toHttpDate } from './values.ts';

/** When each description last became another one, for each org. */
const seen = new WeakMap<object, Map<string, { readonly hash: string; readonly stamp: string }>>();

function withVersion({ org }: ApiContext, key: string, call: ApiCall, json: unknown): ApiAnswer {
  const known = seen.get(org.store) ?? new Map();
  seen.set(org.store, known);
  const hash = createHash('sha256').update(JSON.stringify(json)).digest('hex').slice(0, 8);
  const before = known.get(key);
  const current = before?.hash === hash ? before : { hash, stamp: org.store.stamp() };
  known.set(key, current);
  const headers = { ETag: `"${hash}"`, 'Last-Modified': toHttpDate(current.stamp) };
  return unlessKnown(call, { status: 200, headers, json });
}

export function handleDescribe(context: ApiContext, call: ApiCall, object: SObject): ApiAnswer {
  if (call.method !== 'GET') notAllowed(call, ['GET', 'HEAD']);
  const { org, actor } = context;
  const json = describeObject(org.parts, actor, object, call.version, call.baseUrl);
  return withVersion(context, `${object.name} ${actor.userId} ${call.version}`, call, json);
}

export function handleGlobalDescribe(context: ApiContext, call: ApiCall): ApiAnswer {
  if (call.method !== 'GET') notAllowed(call, ['GET', 'HEAD']);
  const sobjects = context.org.schema
    .objects()
    .map((object) => describeBrief(object, call.version))
    .sort((left, right) => (String(left.name) < String(right.name) ? -1 : 1));
  return withVersion(context, `* ${call.version}`, call, { encoding: 'UTF-8', maxBatchSize: 200, sobjects });
}
