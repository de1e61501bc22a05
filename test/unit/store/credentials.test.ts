import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/core/errors.ts';
import { openCredentials } from '../../../src/store/index.ts';
import { contentsOf, freshDirectory, now } from './directory.ts';

const SECRET = 'correct horse battery staple';
const TOKEN = '0.AXkA-refresh-token-äöü';

describe('credentials', () => {
  it('come back as they were saved, also after a restart', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, secretKey: SECRET, now }).save('contoso', TOKEN);

    const reopened = openCredentials({ dir, secretKey: SECRET, now });

    expect(await reopened.load('contoso')).toBe(TOKEN);
    expect(await reopened.load('fabrikam')).toBeNull();
    expect(await reopened.load('constructor')).toBeNull();
    expect(reopened.entries()).toEqual([{ name: 'contoso', savedAt: '2026-03-01T12:00:00.000Z' }]);
  });

  it('are nothing, and make nothing, before the first save', async () => {
    const dir = freshDirectory();
    const credentials = openCredentials({ dir, now });

    await credentials.remove('contoso');

    expect(await credentials.load('contoso')).toBeNull();
    expect(credentials.entries()).toEqual([]);
    expect(() => readdirSync(dir)).toThrow(/ENOENT/);
  });

  it('show nothing in their file, and never the same twice', async () => {
    const dir = freshDirectory();
    const credentials = openCredentials({ dir, secretKey: SECRET, now });
    await credentials.save('one', TOKEN);
    await credentials.save('two', TOKEN);

    const text = readFileSync(join(dir, 'credentials.json'), 'utf8');

    const { entries } = JSON.parse(text);
    expect(text).not.toContain('refresh-token');
    expect(text).not.toContain(Buffer.from(TOKEN).toString('base64'));
    expect(entries.one.data).not.toBe(entries.two.data);
  });

  it('are replaced and removed by name', async () => {
    const credentials = openCredentials({ dir: freshDirectory(), secretKey: SECRET, now });
    await credentials.save('one', 'a');
    await credentials.save('two', 'b');

    await credentials.save('one', 'c');
    await credentials.remove('two');
    await credentials.remove('three');

    expect(await credentials.load('one')).toBe('c');
    expect(await credentials.load('two')).toBeNull();
  });

  it('make a key of their own when none is given, for the owner alone', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('contoso', TOKEN);
    const key = readFileSync(join(dir, 'secret.key'), 'utf8');

    await openCredentials({ dir, secretKey: '', now }).save('fabrikam', TOKEN);

    expect(await openCredentials({ dir, now }).load('contoso')).toBe(TOKEN);
    expect(readFileSync(join(dir, 'secret.key'), 'utf8')).toBe(key);
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    for (const name of readdirSync(dir))
      expect([name, statSync(join(dir, name)).mode & 0o777]).toEqual([name, 0o600]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('need no key file when a key is given', async () => {
    const dir = freshDirectory();

    await openCredentials({ dir, secretKey: SECRET, now }).save('contoso', TOKEN);

    expect(readdirSync(dir).sort()).toEqual(['credentials.json', 'credentials.lock']);
  });

  it('tighten a file that others could read', async () => {
    const dir = freshDirectory();
    const credentials = openCredentials({ dir, now });
    await credentials.save('contoso', TOKEN);
    for (const name of ['credentials.json', 'secret.key']) chmodSync(join(dir, name), 0o644);

    await credentials.load('contoso');

    for (const name of ['credentials.json', 'secret.key'])
      expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  it('see what another handle saved, and keep it when they save themselves', async () => {
    const dir = freshDirectory();
    const one = openCredentials({ dir, secretKey: SECRET, now });
    const two = openCredentials({ dir, secretKey: SECRET, now });
    await one.save('a', '1');
    await two.save('b', '2');

    await one.save('c', '3');

    expect(two.entries().map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await two.load('c')).toBe('3');
  });
});

describe('credentials under another key', () => {
  it.each([
    ['another text', { secretKey: 'something else' }],
    ['a generated key', {}],
  ])('are refused with the remedy and stay as they are: %s', async (_, key) => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('other', 'x');
    rmSync(join(dir, 'credentials.json'));
    await openCredentials({ dir, secretKey: SECRET, now }).save('contoso', TOKEN);
    const before = contentsOf(dir);
    const credentials = openCredentials({ dir, ...key, now });

    await expect(credentials.load('contoso')).rejects.toThrow(StateError);
    await expect(credentials.load('contoso')).rejects.toThrow(/COSELL_SECRET_KEY .*auth login/);
    await expect(credentials.save('contoso', 'new')).rejects.toThrow(StateError);

    expect(contentsOf(dir)).toEqual(before);
    expect(await openCredentials({ dir, secretKey: SECRET, now }).load('contoso')).toBe(TOKEN);
  });

  it('are refused when the key file is gone, instead of making a new one', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('contoso', TOKEN);
    rmSync(join(dir, 'secret.key'));
    const credentials = openCredentials({ dir, now });

    await expect(credentials.load('contoso')).rejects.toThrow(/secret\.key is missing/);
    await expect(credentials.save('contoso', 'new')).rejects.toThrow(StateError);

    expect(readdirSync(dir)).not.toContain('secret.key');
  });
});

describe('credentials that were tampered with', () => {
  it.each(['nonce', 'tag', 'data'])('are refused when the %s of an entry was changed', async (part) => {
    const dir = freshDirectory();
    const path = join(dir, 'credentials.json');
    const credentials = openCredentials({ dir, secretKey: SECRET, now });
    await credentials.save('contoso', TOKEN);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    const bytes = Buffer.from(file.entries.contoso[part], 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    file.entries.contoso[part] = bytes.toString('base64');
    writeFileSync(path, JSON.stringify(file));

    await expect(credentials.load('contoso')).rejects.toThrow(/contoso .* altered or damaged.*auth login/);
  });

  it('are refused under another name than their own', async () => {
    const dir = freshDirectory();
    const path = join(dir, 'credentials.json');
    const credentials = openCredentials({ dir, secretKey: SECRET, now });
    await credentials.save('contoso', TOKEN);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.entries.fabrikam = file.entries.contoso;
    writeFileSync(path, JSON.stringify(file));

    await expect(credentials.load('fabrikam')).rejects.toThrow(StateError);
  });

  it.each([
    ['empty', ''],
    ['cut short', '{"version":1,"salt":"'],
    ['something else', '{"refreshToken":"hush"}'],
  ])('are refused, not replaced, when the file is %s', async (_, text) => {
    const dir = freshDirectory();
    mkdirSync(dir);
    const path = join(dir, 'credentials.json');
    writeFileSync(path, text, { mode: 0o600 });
    const credentials = openCredentials({ dir, secretKey: SECRET, now });

    await expect(credentials.load('contoso')).rejects.toThrow(/damaged .*auth login/);
    await expect(credentials.save('contoso', TOKEN)).rejects.toThrow(StateError);
    await expect(credentials.load('contoso')).rejects.not.toThrow(/hush/);

    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('the key of credentials', () => {
  const keyOf = (dir: string) => readFileSync(join(dir, 'secret.key'), 'utf8');

  it('is replaced by a new generated one, and nothing is lost', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('contoso', TOKEN);
    const [key, text] = [keyOf(dir), readFileSync(join(dir, 'credentials.json'), 'utf8')];
    const other = openCredentials({ dir, now });
    await other.load('contoso');

    const result = await openCredentials({ dir, now }).rekey();

    expect(result).toMatchObject({ entries: 1, to: join(dir, 'secret.key') });
    expect(keyOf(dir)).not.toContain(key.trim());
    expect(readFileSync(join(dir, 'credentials.json'), 'utf8')).not.toBe(text);
    expect(await openCredentials({ dir, now }).load('contoso')).toBe(TOKEN);
    expect(openCredentials({ dir, now }).entries()).toEqual([
      { name: 'contoso', savedAt: '2026-03-01T12:00:00.000Z' },
    ]);
    await other.save('fabrikam', 'x');
    expect(await openCredentials({ dir, now }).load('fabrikam')).toBe('x');
  });

  it.each([
    ['before', (dir: string, before: string) => writeFileSync(join(dir, 'credentials.json'), before)],
    ['after', () => {}],
  ])('opens the file when the change stopped %s it was written anew', async (_, undo) => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('contoso', TOKEN);
    const [oldKey, before] = [keyOf(dir), readFileSync(join(dir, 'credentials.json'), 'utf8')];
    await openCredentials({ dir, now }).rekey();
    writeFileSync(join(dir, 'secret.key'), `${keyOf(dir)}${oldKey}`);
    undo(dir, before);

    expect(await openCredentials({ dir, now }).load('contoso')).toBe(TOKEN);
    await openCredentials({ dir, now }).rekey();

    expect(await openCredentials({ dir, now }).load('contoso')).toBe(TOKEN);
    expect(keyOf(dir).trim().split('\n')).toHaveLength(1);
  });

  it('moves to one that is given, while the one before still opens', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, secretKey: SECRET, now }).save('contoso', TOKEN);
    const rotating = openCredentials({ dir, secretKey: 'next', previousKey: SECRET, now });

    const before = [await rotating.load('contoso'), rotating.keyInUse()];
    const result = await rotating.rekey();
    const again = await rotating.rekey();

    expect(before).toEqual([TOKEN, { source: 'COSELL_SECRET_KEY_PREVIOUS', isCurrent: false }]);
    expect(result).toEqual({ entries: 1, from: 'COSELL_SECRET_KEY_PREVIOUS', to: 'COSELL_SECRET_KEY' });
    expect(again.entries).toBe(0);
    expect(rotating.keyInUse()).toEqual({ source: 'COSELL_SECRET_KEY', isCurrent: true });
    expect(await openCredentials({ dir, secretKey: 'next', now }).load('contoso')).toBe(TOKEN);
    await expect(openCredentials({ dir, secretKey: SECRET, now }).load('contoso')).rejects.toThrow(
      StateError,
    );
  });

  it('moves from the generated file to one that is given', async () => {
    const dir = freshDirectory();
    await openCredentials({ dir, now }).save('contoso', TOKEN);

    await openCredentials({ dir, secretKey: SECRET, now }).rekey();
    rmSync(join(dir, 'secret.key'));

    expect(await openCredentials({ dir, secretKey: SECRET, now }).load('contoso')).toBe(TOKEN);
  });

  it('can lie in a file that somebody provides, one a line, the one in force first', async () => {
    const [dir, elsewhere] = [freshDirectory(), freshDirectory()];
    mkdirSync(elsewhere);
    const keyFile = join(elsewhere, 'key');
    const open = () => openCredentials({ dir, keyFile, now });
    await expect(open().save('contoso', TOKEN)).rejects.toThrow(/key file .* is missing or empty.*keyFile/);
    writeFileSync(keyFile, 'old\n');
    await open().save('contoso', TOKEN);
    writeFileSync(keyFile, 'new\nold\n');

    const before = open().keyInUse();
    const result = await open().rekey();
    writeFileSync(keyFile, 'new\n');

    expect(before).toEqual({ source: keyFile, isCurrent: false });
    expect(result.entries).toBe(1);
    expect(await open().load('contoso')).toBe(TOKEN);
    expect(readdirSync(dir)).not.toContain('secret.key');
  });

  it('stays as it is when an entry is damaged, and there is nothing to do without any', async () => {
    const dir = freshDirectory();
    const path = join(dir, 'credentials.json');
    expect(await openCredentials({ dir, now }).rekey()).toMatchObject({ entries: 0 });
    await openCredentials({ dir, now }).save('contoso', TOKEN);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.entries.contoso.data = `AAAA${file.entries.contoso.data.slice(4)}`;
    writeFileSync(path, JSON.stringify(file));
    const before = contentsOf(dir);

    await expect(openCredentials({ dir, now }).rekey()).rejects.toThrow(/altered or damaged/);

    expect(contentsOf(dir)).toEqual(before);
  });
});
