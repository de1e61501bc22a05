// Every test file starts without proxies (jsforce and axios would send loopback traffic to them) and in UTC,
// so that a test means the same on every machine.
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
  delete process.env[name];
}
process.env.TZ = 'UTC';
