/** Folders with configuration files, removed after each test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/core/config-types.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files; names may have folders of their own. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cosell-config-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const MAPPING = `
include: "Share__c = true"
tag: { referralId: Referral__c }
fields:
  name: { crm: Name }
  amount: { crm: Amount }
  closeDate: { crm: CloseDate }
customer: { name: Account.Name, country: Account.BillingCountry }
team: { from: owner }
solutions: { default: SOL-1-AAA }
stages:
  - { crm: Open, deal: Accepted }
`;

export const CONFIG = `
connections:
  - name: contoso
    crm:
      kind: salesforce
      loginUrl: https://contoso.my.salesforce.com
      auth: { flow: clientCredentials, clientId: id, clientSecret: s3cret-value }
    partnerCenter: { tenantId: tenant, clientId: app }
    mapping: ./mapping.yaml
`;

/** Loads a configuration text with a sound mapping beside it. */
export function load(config: string, env: Readonly<Record<string, string>> = {}): Promise<Config> {
  const cwd = folderWith({ 'cosell-sync.yaml': config, 'mapping.yaml': MAPPING });
  return loadConfig({ file: 'cosell-sync.yaml', env, cwd });
}

/** The problems that reading ends with; none when it succeeds. */
export async function problemsOf(reading: () => unknown): Promise<readonly string[]> {
  try {
    await reading();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
