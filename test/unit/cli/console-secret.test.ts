import { expect, it } from 'vitest';
import { consoleSecret } from '../../../src/cli/console-secret.ts';
import { createFake } from './fake-services.ts';

it('a secret for the console comes with what to do with it, and with no secret that there is', async () => {
  const { services, terminal, opened } = createFake();
  const code = await consoleSecret(services, 'Contoso');
  const [, secret = ''] = /COSELL_CONSOLE_TOTP=([A-Z2-7]+)/.exec(terminal.output) ?? [];

  expect(code).toBe(0);
  expect(secret).toHaveLength(32);
  expect(terminal.output).toContain('otpauth://totp/cosell-sync:Contoso?');
  expect(terminal.output).toContain(`secret=${secret}`);
  expect(terminal.output).toContain(
    'server: { token: $' + '{COSELL_CONSOLE_TOKEN}, totpSecret: $' + '{COSELL_CONSOLE_TOTP} }',
  );
  expect(opened).toEqual([]);
});

it('--json gives the secret and its address alone', async () => {
  const { services, terminal } = createFake();
  await consoleSecret({ ...services, globals: { ...services.globals, json: true } }, 'console');

  const { secret, uri } = JSON.parse(terminal.output);
  expect(new URL(uri).searchParams.get('secret')).toBe(secret);
});
