/**
 * Texts that stand for everything that must not leak, and the search for them. Made to be unlike anything else, so that
 * finding one anywhere is a leak.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxHooks } from '../../src/sandbox/kernel/server.ts';

export const CONTACT = {
  FirstName: 'Quillabert',
  LastName: 'Zanzibarov',
  Email: 'quillabert.zanzibarov@canary-customer.example',
  Phone: '+49 201 7713377',
} as const;
export const MEMBER = {
  FirstName: 'Ottokarine',
  LastName: 'Wexelblatter',
  Email: 'ottokarine@canary-partner.example',
  Phone: '+1 415 555 7748',
} as const;

/** Personal data in the spellings that systems give it. */
export const PERSONAL: readonly string[] = [CONTACT, MEMBER].flatMap(
  ({ FirstName, LastName, Email, Phone }) => [
    FirstName,
    LastName,
    Email,
    Phone,
    Phone.replaceAll(' ', ''),
    Phone.replace(/\D/g, '').slice(-8),
  ],
);

/** Secrets that a test chose, and those that the stand-ins hand out or are shown while it runs. */
export interface SecretList {
  readonly all: ReadonlySet<string>;
  add(secret: unknown): void;
  /** Hooks that collect every token that is asked for, given out or presented. */
  readonly hooks: Required<Pick<SandboxHooks, 'beforeEffect' | 'afterEffect'>>;
}

const MIN_LENGTH = 8;
const TOKENS = ['access_token', 'refresh_token', 'id_token', 'device_code', 'client_info'] as const;

export function createSecretList(chosen: readonly string[]): SecretList {
  const all = new Set(chosen);
  const add = (secret: unknown): void => {
    if (typeof secret === 'string' && secret.length >= MIN_LENGTH) all.add(secret);
  };
  return {
    all,
    add,
    hooks: {
      beforeEffect({ headers, body }) {
        add(headers.authorization?.replace(/^\w+ /, ''));
        for (const name of ['refresh_token', 'client_secret', 'assertion', 'client_assertion'])
          add(new URLSearchParams(body).get(name));
      },
      afterEffect(_request, { json }) {
        if (typeof json !== 'object' || json === null) return;
        const answer: Readonly<Record<string, unknown>> = { ...json };
        for (const name of TOKENS) add(answer[name]);
      },
    },
  };
}

/** Where each of the texts is found, whatever its case; a short piece around it, to see what it was. */
export function findCanaries(
  texts: Readonly<Record<string, string>>,
  canaries: Iterable<string>,
): readonly string[] {
  const wanted = [...canaries].map((canary) => canary.toLowerCase());
  return Object.entries(texts).flatMap(([place, text]) => {
    const lower = text.toLowerCase();
    return wanted.flatMap((canary) => {
      const at = lower.indexOf(canary);
      return at < 0 ? [] : [`${place}: …${text.slice(Math.max(0, at - 60), at + canary.length + 20)}…`];
    });
  });
}

/** Every file below a folder, as text byte by byte, by its path. */
export function filesIn(folder: string): Readonly<Record<string, string>> {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')] as const);
  return Object.fromEntries(found);
}
