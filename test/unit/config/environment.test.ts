// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names a variable
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { CONFIG, folderWith, load, MAPPING, problemsOf } from './workspace.ts';

const WITH_SECRET = CONFIG.replace('clientSecret: s3cret-value', 'clientSecret: ${SECRET}');

function secretOf(config: Awaited<ReturnType<typeof load>>): string | undefined {
  const crm = config.connections[0]?.crm;
  return crm?.kind === 'salesforce' && crm.auth.flow === 'clientCredentials'
    ? crm.auth.clientSecret
    : undefined;
}

describe('environment variables', () => {
  it.each([
    ['inside { }', 'server: { token: ${TOKEN}, host: localhost }'],
    ['as a plain value', 'server:\n  token: ${TOKEN}'],
    ['in quotes', 'server:\n  token: "${TOKEN}"'],
  ])('are taken %s', async (_where, server) => {
    const config = await load(`${server}\n${CONFIG}`, { TOKEN: 'a } # : "b' });

    expect(config.server.token).toBe('a } # : "b');
  });

  it('may be part of a text, several times', async () => {
    const config = await load(CONFIG.replace('tenantId: tenant', 'tenantId: "${A}.${B}"'), {
      A: 'x',
      B: 'y',
    });

    expect(config.connections[0]?.partnerCenter.tenantId).toBe('x.y');
  });

  it('are not looked for in comments, nor in the values put in', async () => {
    const config = await load(`# \${NOBODY}\n${WITH_SECRET}`, { SECRET: '${NOBODY}' });

    expect(secretOf(config)).toBe('${NOBODY}');
  });

  it('give numbers and flags where these are expected, and text where text is', async () => {
    const text = `server: { port: \${PORT} }\n${CONFIG}    policy: { inbound: { create: \${CREATE} } }\n`;
    const config = await load(text.replace('clientId: app', 'clientId: ${PORT}'), {
      PORT: '9001',
      CREATE: 'false',
    });

    expect(config.server.port).toBe(9001);
    expect(config.connections[0]?.policy.inbound.create).toBe(false);
    expect(config.connections[0]?.partnerCenter.clientId).toBe('9001');
  });

  it('leave an optional secret out when empty', async () => {
    const partner = 'clientId: app, clientSecret: ${EMPTY}, refreshToken: "${EMPTY}"';

    const config = await load(`server: { token: \${EMPTY} }\n${CONFIG.replace('clientId: app', partner)}`, {
      EMPTY: '',
    });

    expect(config.server.token).toBeNull();
    expect(config.connections[0]?.partnerCenter).toMatchObject({ clientSecret: null, refreshToken: null });
  });

  it('are named when they leave a needed value empty, and when they are not what is expected', async () => {
    const text = `server: { port: \${PORT} }\n${WITH_SECRET}`;

    const problems = await problemsOf(() => load(text, { PORT: 'hunter2', SECRET: '' }));

    expect(problems).toEqual([
      'server.port: must be a number (its value comes from PORT)',
      'connections[0].crm.auth.clientSecret: must not be empty (its value comes from SECRET)',
    ]);
  });

  it('must be named properly', async () => {
    const problems = await problemsOf(() => load(CONFIG.replace('clientId: app', 'clientId: ${MY-APP:-x}')));

    expect(problems).toEqual([
      'connections[0].partnerCenter.clientId: between the braces must stand the name of an environment variable and nothing else',
    ]);
  });

  it('come from .env beside the file before .env in the working directory, and from the real environment before both', async () => {
    const config = CONFIG.replace('clientId: id', 'clientId: "${A}-${B}-${C}"');
    const cwd = folderWith({
      'etc/c.yaml': config,
      'etc/mapping.yaml': MAPPING,
      'etc/.env': '\uFEFFA=beside\nB=beside\n',
      '.env': 'A=cwd\nB=cwd\nC="cwd#value" # comment\n',
    });

    const { connections } = await loadConfig({ file: 'etc/c.yaml', env: { A: 'real' }, cwd });

    expect(connections[0]?.crm).toMatchObject({ auth: { clientId: 'real-beside-cwd#value' } });
  });

  it('say where .env was looked for when one is missing', async () => {
    const cwd = folderWith({ 'etc/c.yaml': WITH_SECRET, 'etc/mapping.yaml': MAPPING, '.env': 'OTHER=1' });

    const problems = await problemsOf(() => loadConfig({ file: 'etc/c.yaml', env: {}, cwd }));

    expect(problems).toEqual([
      `connections[0].crm.auth.clientSecret: the environment variable SECRET is not set; set it, or add it to a .env file (looked for: ${join(cwd, 'etc/.env')} (not there), ${join(cwd, '.env')})`,
    ]);
  });

  it('report a .env that cannot be read', async () => {
    const cwd = folderWith({ 'c.yaml': CONFIG, 'mapping.yaml': MAPPING, '.env/x': '' });

    const problems = await problemsOf(() => loadConfig({ file: 'c.yaml', env: {}, cwd }));

    expect(problems).toEqual([`${join(cwd, '.env')}: the file cannot be read (EISDIR)`]);
  });

  it('do not reach a mapping file that could not be named', async () => {
    const problems = await problemsOf(() => load(CONFIG.replace('./mapping.yaml', '${MAPPING}.yaml')));

    expect(problems).toEqual([
      expect.stringContaining('connections[0].mapping: the environment variable MAPPING'),
    ]);
  });
});
