/** Daemons whose way to the wire is broken on purpose: the checker must notice each. */
import type { HttpClient, HttpRequest, HttpResponse } from '../../../src/adapters/http/index.ts';
import type { WireSabotage } from './life.ts';

export interface WireMutant {
  /** What this daemon does wrong, as the end of a sentence that begins with "a daemon that". */
  readonly name: string;
  /** The guarantee that must be seen broken. */
  readonly breaks: string;
  /** A seed that is known to show it, looked at first. */
  readonly hint: number;
  readonly sabotage: WireSabotage;
}

function around(client: HttpClient, send: (request: HttpRequest) => Promise<HttpResponse>): HttpClient {
  return { baseUrl: client.baseUrl, send };
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A request without its preconditions, be they in its head or in the parts of a batch. */
function unconditional(request: HttpRequest): HttpRequest {
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => !/^if-match$/iu.test(name));
  const { body } = request;
  return {
    ...request,
    headers: Object.fromEntries(headers),
    ...(body === undefined ? {} : { body: body.replace(/^If-Match: .*\r?\n/gimu, '') }),
  };
}

export const WIRE_MUTANTS: readonly WireMutant[] = [
  {
    name: 'takes a create whose answer cannot be read for not done, and repeats it',
    breaks: 'G3',
    hint: 18,
    sabotage: {
      http: (client, system) =>
        around(client, async (request) => {
          const isCreate = system === 'partnerCenter' && request.method === 'POST';
          if (!isCreate) return client.send(request);
          try {
            const response = await client.send(request);
            return isJsonText(response.body) ? response : await client.send(request);
          } catch {
            return client.send(request);
          }
        }),
    },
  },
  {
    name: 'sends its updates without If-Match',
    breaks: 'G4',
    hint: 1,
    sabotage: { http: (client) => around(client, (request) => client.send(unconditional(request))) },
  },
  {
    name: 'takes a list that was cut off for one that has ended',
    breaks: 'G6',
    hint: 95,
    sabotage: {
      http: (client, system) =>
        around(client, async (request) => {
          if (system !== 'partnerCenter' || !request.url.includes('skiptoken')) return client.send(request);
          const ended = (response: HttpResponse): HttpResponse => ({
            ...response,
            status: 200,
            body: '{"value":[]}',
          });
          try {
            const response = await client.send(request);
            return response.status < 400 && isJsonText(response.body) ? response : ended(response);
          } catch {
            return ended({ status: 200, headers: {}, body: '', requestId: null });
          }
        }),
    },
  },
  {
    name: 'counts no repetitions among its requests',
    breaks: 'G12',
    hint: 1,
    sabotage: {
      engine: (dependencies) => ({
        ...dependencies,
        requests() {
          const counts = dependencies.requests();
          return { ...counts, partnerCenter: counts.partnerCenter - counts.retries };
        },
      }),
    },
  },
  {
    name: 'takes the amounts of an org of one currency for amounts in any',
    breaks: 'G2',
    hint: 4,
    sabotage: {
      engine: (dependencies) => ({ ...dependencies, crm: { ...dependencies.crm, lacking: () => [] } }),
    },
  },
  {
    name: 'writes into its log what it sent with a request that failed',
    breaks: 'G11',
    hint: 2,
    sabotage: {
      http: (client, _system, logger) =>
        around(client, async (request) => {
          const response = await client.send(request);
          if (response.status >= 400) logger.warn({ headers: request.headers }, 'Refused');
          return response;
        }),
    },
  },
];
