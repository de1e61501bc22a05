/** `console-secret`: a new secret for the console's second factor. It reads nothing, and so can show no secret that there is. */
import { newSecondFactor } from '../daemon/console/second-factor.ts';
import type { ExitCode } from './exit-codes.ts';
import { printJson } from './output.ts';
import type { Services } from './services.ts';

/** The environment variable that the configuration is told to name. */
export const SECOND_FACTOR_VARIABLE = 'COSELL_CONSOLE_TOTP';

/** @param label what authenticator apps show beside the code */
export async function consoleSecret(
  services: Pick<Services, 'globals' | 'terminal'>,
  label: string,
): Promise<ExitCode> {
  const { secret, uri } = newSecondFactor(label);
  if (services.globals.json) printJson(services, { secret, uri });
  else
    services.terminal.out(
      `A new secret for the console's second factor. It is shown this once and kept nowhere.

1. Give it to the authenticator app of everybody who may sign in, as this address (or as a QR code of it):
   ${uri}
   or type the key in (time based, 6 digits): ${secret}
2. Put it where the configuration finds it, such as the .env file:
   ${SECOND_FACTOR_VARIABLE}=${secret}
3. Name it in the configuration, beside the token:
   server: { token: \${COSELL_CONSOLE_TOKEN}, totpSecret: \${${SECOND_FACTOR_VARIABLE}} }
4. Start the daemon again. Whoever has the old secret cannot sign in any more.
`,
    );
  return 0;
}
