/** `/composite`: up to 25 requests in one call, in order, later ones referring to the answers of earlier ones. */
import { PreconditionFailed } from './conditional.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  bodyRecord,
  type Handler,
  notAllowed,
  parseTarget,
} from './http.ts';
import { notFound, refuse, SalesforceError } from './salesforce-error.ts';
import { isRecord, type JsonRecord } from './values.ts';

const MAX_PARTS = 25;
/** Queries and collections among them. */
const MAX_HEAVY_PARTS = 5;
const REFERENCE = /@\{([^}]+)\}/g;

interface Part {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface PartAnswer {
  readonly answer: ApiAnswer;
  readonly referenceId: string;
}

/** @param dispatch carries out one request */
export function handleComposite(context: ApiContext, call: ApiCall, dispatch: Handler): ApiAnswer {
  if (call.method !== 'POST') notAllowed(call, ['POST']);
  const body = bodyRecord(call);
  const parts = readParts(body);
  const answers: PartAnswer[] = [];
  const runAll = (): void => {
    for (const part of parts) {
      const answer = runPart(context, call, part, answers, dispatch);
      answers.push({ answer, referenceId: part.referenceId });
    }
    if (body.allOrNone === true && answers.some(({ answer }) => answer.status >= 400)) throw new Halted();
  };
  try {
    context.org.store.transaction(runAll);
  } catch (error) {
    if (!(error instanceof Halted)) throw error;
    return render(
      answers.map((entry) => (entry.answer.status >= 400 ? entry : { ...entry, answer: HALTED })),
    );
  }
  return render(answers);
}

class Halted extends Error {
  override readonly name = 'Halted';
}

const HALTED: ApiAnswer = {
  status: 400,
  json: [
    {
      errorCode: 'PROCESSING_HALTED',
      message: 'The transaction was rolled back since another operation in the same transaction failed.',
    },
  ],
};

function render(answers: readonly PartAnswer[]): ApiAnswer {
  const compositeResponse = answers.map(({ answer, referenceId }) => ({
    body: answer.json ?? null,
    httpHeaders: answer.headers ?? {},
    httpStatusCode: answer.status,
    referenceId,
  }));
  return { status: 200, json: { compositeResponse } };
}

function readParts({ compositeRequest }: JsonRecord): Part[] {
  if (!Array.isArray(compositeRequest) || compositeRequest.length === 0) {
    throw refuse('INVALID_INPUT', 'compositeRequest: a list of subrequests has to be specified');
  }
  if (compositeRequest.length > MAX_PARTS) {
    throw refuse('LIMIT_EXCEEDED', `Maximum number of composite subrequests is ${MAX_PARTS}`);
  }
  const parts = compositeRequest.map((part: unknown): Part => {
    if (!isRecord(part) || typeof part.url !== 'string' || typeof part.referenceId !== 'string') {
      throw refuse('INVALID_INPUT', 'Each subrequest has to specify method, url and referenceId');
    }
    const headers = isRecord(part.httpHeaders) ? part.httpHeaders : {};
    return {
      method: String(part.method ?? 'GET').toUpperCase(),
      url: part.url,
      referenceId: part.referenceId,
      httpHeaders: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
      body: part.body,
    };
  });
  if (new Set(parts.map(({ referenceId }) => referenceId)).size < parts.length) {
    throw refuse('INVALID_INPUT', 'Reference ids have to be unique within a composite request');
  }
  const heavy = parts.filter(({ url }) => /\/(?:query|queryAll|composite\/sobjects)(?:[/?]|$)/i.test(url));
  if (heavy.length > MAX_HEAVY_PARTS) {
    throw refuse(
      'LIMIT_EXCEEDED',
      `Maximum number of query and collection subrequests is ${MAX_HEAVY_PARTS}`,
    );
  }
  return parts;
}

function runPart(
  context: ApiContext,
  call: ApiCall,
  part: Part,
  earlier: readonly PartAnswer[],
  dispatch: Handler,
): ApiAnswer {
  try {
    const parsed = parseTarget(resolve(part.url, earlier));
    const isNested = parsed?.segments.length === 1 && parsed.segments[0]?.toLowerCase() === 'composite';
    if (parsed === null || isNested) throw notFound();
    return dispatch(context, {
      method: part.method,
      ...parsed,
      headers: part.httpHeaders,
      body: resolveDeep(part.body, earlier),
      baseUrl: call.baseUrl,
      isPart: true,
    });
  } catch (error) {
    if (error instanceof PreconditionFailed) return preconditionAnswer(context, error);
    if (error instanceof SalesforceError) return { status: error.status, json: error.body };
    throw error;
  }
}

/** The answer of a failed precondition in the shape that is switched on. */
export function preconditionAnswer({ org }: ApiContext, error: PreconditionFailed): ApiAnswer {
  switch (org.switches.preconditionBody) {
    case 'array':
      return { status: 412, json: error.body };
    case 'object':
      return { status: 412, json: error.body[0] };
    case 'empty':
      return { status: 412 };
  }
}

function resolve(text: string, earlier: readonly PartAnswer[]): string {
  return text.replace(REFERENCE, (_whole, expression: string) => {
    const [referenceId = '', ...path] = expression.split(/[.[\]]+/).filter((step) => step !== '');
    const found = earlier.find((entry) => entry.referenceId === referenceId);
    let value: unknown = found !== undefined && found.answer.status < 300 ? found.answer.json : undefined;
    for (const step of path) {
      if (Array.isArray(value)) value = value[Number(step)];
      else value = isRecord(value) ? value[step] : undefined;
    }
    if (value === undefined || value === null || typeof value === 'object') {
      throw refuse(
        'PROCESSING_HALTED',
        `Invalid reference specified. No value for ${expression} found in ${referenceId}`,
      );
    }
    return String(value);
  });
}

function resolveDeep(value: unknown, earlier: readonly PartAnswer[]): unknown {
  if (typeof value === 'string') return resolve(value, earlier);
  if (Array.isArray(value)) return value.map((item) => resolveDeep(item, earlier));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveDeep(item, earlier)]));
}
