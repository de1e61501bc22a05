/** HTTP for every adapter: one origin a client, spaced, repeated where that is safe, counted, never redirected. */
export { createHttpClient, type HttpClientOptions } from './client.ts';
export { systemClock } from './clock.ts';
export { ensureNotHtml, isJson, type ParseContext, parseJson, parseJsonText } from './json.ts';
export { createHostLimit, createHostLimits, type HostLimit, type HostLimitRegistry } from './limits.ts';
export { checkBaseUrl, isLoopback } from './origin.ts';
export { createPageGuard } from './page-guard.ts';
export { retryAfterMs } from './retry-after.ts';
export { codeForStatus, errorForStatus, type StatusErrorContext } from './status.ts';
export type { Clock, Exchange, HttpClient, HttpRequest, HttpResponse, RequestCounters } from './types.ts';
