/** A private directory with a configuration for running stand-ins: the shipped one, with their addresses. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { RunningSandbox } from '../cli/services.ts';

const LOCAL_REQUESTS_PER_SECOND = 500;
const DEMO_SCHEDULE = '*/10 * * * * *';

export interface PrivateConfiguration {
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * Writes the configuration and keeps its state beside it.
 * @param shipped folder of the shipped configuration files
 */
export async function writeSandboxConfiguration(
  shipped: string,
  { urls }: RunningSandbox,
): Promise<PrivateConfiguration> {
  const folder = await mkdtemp(join(tmpdir(), 'cosell-sync-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const name = urls.dynamics === undefined ? 'sandbox.yaml' : 'sandbox-dynamics.yaml';
    const document = parseDocument(await readFile(join(shipped, name), 'utf8'));
    document.setIn(['state', 'dir'], join(folder, 'state'));
    // `demo --serve` keeps the daemon up: on any free port, and quick to show what somebody tries out.
    document.setIn(['server', 'port'], 0);
    document.setIn(['schedule', 'sync'], DEMO_SCHEDULE);
    const first = ['connections', 0];
    if (urls.dynamics === undefined) document.setIn([...first, 'crm', 'loginUrl'], urls.salesforce);
    else {
      document.setIn([...first, 'crm', 'url'], urls.dynamics);
      document.setIn([...first, 'crm', 'auth', 'authority'], urls.entra);
    }
    document.setIn([...first, 'partnerCenter', 'baseUrl'], urls.partnerCenter);
    document.setIn([...first, 'partnerCenter', 'webhookBaseUrl'], urls.partnerCenter);
    document.setIn([...first, 'partnerCenter', 'authority'], urls.entra);
    // The real service's patience is not needed on this machine.
    document.setIn([...first, 'limits', 'partnerCenter', 'requestsPerSecond'], LOCAL_REQUESTS_PER_SECOND);
    document.setIn([...first, 'mapping'], resolve(shipped, String(document.getIn([...first, 'mapping']))));
    const file = join(folder, 'sandbox.yaml');
    await writeFile(file, document.toString(), { mode: 0o600 });
    return { file, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
