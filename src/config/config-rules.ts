/** Rules that concern several keys of a configuration, checked on whatever part of it can be understood. */
import { isLoopback } from './scalars.ts';
import { isRecord, type Path, valueAt } from './tree.ts';

export interface Problem {
  readonly path: Path;
  readonly text: string;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}

/**
 * Problems between keys; each key alone is the schema's business.
 * @param hasTokenFile whether the environment names a file with a federated token
 */
export function relationProblems(tree: unknown, hasTokenFile = false): readonly Problem[] {
  return [...serverProblems(tree), ...connectionProblems(tree, hasTokenFile)];
}

/** Deals are shown to whoever can connect; where that is not only this machine, a token is asked for. */
function serverProblems(tree: unknown): Problem[] {
  const server = valueAt(tree, ['server']);
  if (!isRecord(server)) return [];
  if (isGiven(server.totpSecret) && !isGiven(server.token)) {
    const text = 'is missing; server.totpSecret is asked for beside it';
    return [{ path: ['server', 'token'], text }];
  }
  if (typeof server.host !== 'string') return [];
  const host = server.host.trim();
  if (isLoopback(host.includes(':') ? `[${host}]` : host) || isGiven(server.token)) return [];
  const text = `is missing; other machines can connect to ${host}, so that console and /metrics need a token`;
  return [{ path: ['server', 'token'], text }];
}

function connectionProblems(tree: unknown, hasTokenFile: boolean): readonly Problem[] {
  const connections = valueAt(tree, ['connections']);
  if (!Array.isArray(connections)) return [];
  const seen = new Map<unknown, number>();
  return connections.flatMap((connection, index) => {
    if (!isRecord(connection)) return [];
    const problems = [
      ...dynamicsProblems(connection, hasTokenFile),
      ...partnerProblems(connection),
      ...graphProblems(connection, hasTokenFile),
      ...webhookProblems(connection, valueAt(tree, ['server', 'publicUrl'])),
    ].map(({ path, text }) => ({ path: ['connections', index, ...path], text }));
    const { name } = connection;
    const first = seen.get(name);
    if (typeof name !== 'string') return problems;
    if (first === undefined) {
      seen.set(name, index);
      return problems;
    }
    const text = `is the name of connections[${first}] already; each connection needs its own`;
    return [...problems, { path: ['connections', index, 'name'], text }];
  });
}

function dynamicsProblems(connection: Record<string, unknown>, tokenFile: boolean): Problem[] {
  const auth = valueAt(connection, ['crm', 'auth']);
  if (valueAt(connection, ['crm', 'kind']) !== 'dynamics' || !isRecord(auth)) return [];
  if (auth.flow !== undefined && auth.flow !== 'clientCredentials')
    return tokenFileProblems(auth, ['crm', 'auth'], tokenFile);
  const path = ['crm', 'auth', 'clientSecret'];
  const hasSecret = isGiven(auth.clientSecret);
  const hasCertificate = isGiven(auth.certificateFile);
  if (hasSecret && hasCertificate) return [{ path, text: 'stands beside certificateFile; keep one of them' }];
  return hasSecret || hasCertificate ? [] : [{ path, text: 'is missing; give it, or certificateFile' }];
}

function tokenFileProblems(auth: Record<string, unknown>, path: Path, tokenFile: boolean): Problem[] {
  if (auth.flow !== 'workloadIdentity' || isGiven(auth.tokenFile) || tokenFile) return [];
  const text = 'is missing, and AZURE_FEDERATED_TOKEN_FILE is not set; name the file with the token';
  return [{ path: [...path, 'tokenFile'], text }];
}

function partnerProblems({ partnerCenter }: Record<string, unknown>): Problem[] {
  if (!isRecord(partnerCenter)) return [];
  const isBoth = isGiven(partnerCenter.clientSecret) && isGiven(partnerCenter.certificateFile);
  return isBoth
    ? [{ path: ['partnerCenter', 'clientSecret'], text: 'stands beside certificateFile; keep one of them' }]
    : [];
}

function graphProblems(connection: Record<string, unknown>, tokenFile: boolean): Problem[] {
  const { graph, partnerCenter } = connection;
  if (!isRecord(graph)) return [];
  const hasId = isGiven(graph.clientId);
  const hasSecret = isGiven(graph.clientSecret);
  const hasCertificate = isGiven(graph.certificateFile);
  if (isRecord(graph.auth)) {
    if (hasId || hasSecret || hasCertificate)
      return [{ path: ['graph', 'auth'], text: 'stands beside an app of its own; keep one of them' }];
    return tokenFileProblems(graph.auth, ['graph', 'auth'], tokenFile);
  }
  if (hasSecret && hasCertificate)
    return [{ path: ['graph', 'clientSecret'], text: 'stands beside certificateFile; keep one of them' }];
  if (hasId || hasSecret || hasCertificate) {
    if (hasId && (hasSecret || hasCertificate)) return [];
    const missing = hasId ? 'clientSecret' : 'clientId';
    const text = 'is missing; an app of its own needs clientId, and clientSecret or certificateFile';
    return [{ path: ['graph', missing], text }];
  }
  const isEnough =
    !isRecord(partnerCenter) || isGiven(partnerCenter.clientSecret) || isGiven(partnerCenter.certificateFile);
  const text =
    'is missing; graph signs in as this app, unless graph has an app of its own or auth with an identity of Azure';
  return isEnough ? [] : [{ path: ['partnerCenter', 'clientSecret'], text }];
}

function webhookProblems(connection: Record<string, unknown>, publicUrl: unknown): Problem[] {
  const { webhooks } = connection;
  if (!isRecord(webhooks)) return [];
  const problems: Problem[] = [];
  if (webhooks.partnerCenter !== undefined && !isGiven(publicUrl)) {
    const text =
      'needs server.publicUrl, the address at which Partner Center reaches this server, such as https://sync.contoso.com';
    problems.push({ path: ['webhooks', 'partnerCenter'], text });
  }
  const kind = valueAt(connection, ['crm', 'kind']);
  if (webhooks.dynamics !== undefined && kind === 'salesforce') {
    const text = "stands in a connection of Salesforce; Salesforce's own events are crm.changeEvents";
    problems.push({ path: ['webhooks', 'dynamics'], text });
  }
  return problems;
}
