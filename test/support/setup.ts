import fc from 'fast-check';

// Every test file starts without proxies (jsforce and axios would send loopback traffic to them) and in UTC,
// so that a test means the same on every machine.
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
  delete process.env[name];
}
process.env.TZ = 'UTC';

// Property tests draw the same inputs in every run, so that a red build is about the change it tests. `npm run hunt`
// draws new ones.
const seed = process.env.PROPERTY_SEED;
fc.configureGlobal({ seed: seed === undefined ? 20_261_126 : Number(seed) });
