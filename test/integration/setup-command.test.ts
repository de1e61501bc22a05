import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, type Workplace } from '../cli/command-line.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(() => workplace.close());

describe('cosell-sync setup', () => {
  it('exits with 0 when every column is there, and changes nothing', async () => {
    const mark = workplace.sandbox.journal.entries.length;

    const { code, stdout } = await workplace.cli('setup');

    expect(stdout).toContain('Every column is there.');
    expect(code).toBe(0);
    expect(workplace.sandbox.journal.since(mark).filter(({ write }) => write)).toEqual([]);
  });

  it('exits with 3 when something is missing, and creates it when asked to', async () => {
    for (const name of ['Referral_Identifier__c', 'Audit__c'])
      workplace.sandbox.salesforce.removeField('Opportunity', name);

    const shown = await workplace.cli('setup');
    const applied = await workplace.cli('setup', '--apply');
    const again = await workplace.json('setup');
    const synced = await workplace.cli('sync');

    expect(shown.code).toBe(3);
    expect(shown.stdout).toContain('2 columns missing. Create them: cosell-sync setup --apply');
    expect(applied.code).toBe(0);
    expect(applied.stdout).toContain('2 columns created.');
    expect(again).toMatchObject({ code: 0, document: { connections: [{ created: [] }] } });
    expect([0, 3]).toContain(synced.code);
  });

  it('exits with 3 and prints the steps for a person when the right is missing', async () => {
    workplace.sandbox.salesforce.removeField('Opportunity', 'Audit__c');
    workplace.sandbox.faults.add({
      system: 'salesforce',
      kind: 'status',
      when: 'before',
      path: '/tooling/',
      status: 403,
      contentType: 'application/json',
      body: '[{"errorCode":"INSUFFICIENT_ACCESS","message":"insufficient access rights"}]',
    });

    const { code, stdout } = await workplace.cli('setup', '--apply');

    expect(code).toBe(3);
    expect(stdout).toContain('Customize Application');
    expect(stdout).toContain('type Long Text Area(100000), name Audit');
    expect(stdout).toContain('give the integration user read and edit access');
  });
});
