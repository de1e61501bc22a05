/** What a connection signs in with, and how long each of it is good. Nothing is asked of any remote. */
import { readFile } from 'node:fs/promises';
import type { ConnectionConfig } from '../core/config-types.ts';
import { type CredentialLife, wholeDaysLeft } from '../core/credential-lives.ts';
import type { CheckResult } from '../core/ports.ts';
import type { Credentials } from '../store/index.ts';

/** A refresh token dies when it has not been used for this long; each use brings a new one. */
export const TOKEN_DAYS = 90;
const DAY_MS = 86_400_000;

/** The certificate files of a connection, each once, by the configuration's key. */
export function certificateFiles({
  crm,
  partnerCenter,
  graph,
}: ConnectionConfig): readonly { readonly file: string; readonly key: string }[] {
  const named = [
    { file: partnerCenter.certificateFile ?? null, key: 'partnerCenter.certificateFile' },
    {
      file:
        crm.kind === 'dynamics' && crm.auth.flow === 'clientCredentials' ? crm.auth.certificateFile : null,
      key: 'crm.auth.certificateFile',
    },
    {
      file: graph?.app.flow === 'clientCredentials' ? graph.app.certificateFile : null,
      key: 'graph.certificateFile',
    },
  ];
  const known = new Map<string, string>();
  for (const { file, key } of named) if (file !== null && !known.has(file)) known.set(file, key);
  return [...known].map(([file, key]) => ({ file, key }));
}

/** The end of the stored sign-in to Partner Center; null when none is stored. */
export function signInLife({ name }: ConnectionConfig, credentials: Credentials): CredentialLife | null {
  const stored = credentials.entries().find((entry) => entry.name === `partner-center/${name}`);
  if (stored === undefined) return null;
  return {
    key: 'partner-center',
    what: `The sign-in of connection "${name}" to Partner Center, which nothing has used since ${stored.savedAt.slice(0, 10)},`,
    endsAt: new Date(Date.parse(stored.savedAt) + TOKEN_DAYS * DAY_MS).toISOString(),
    remedy: `Run cosell-sync sync, which renews it, or sign in again: cosell-sync auth login ${name}`,
  };
}

async function endOf(file: string): Promise<string> {
  const [{ readCertificate }, pem] = await Promise.all([
    import('../adapters/entra/index.ts'),
    readFile(file, 'utf8'),
  ]);
  return readCertificate(pem).validTo.toISOString();
}

function certificateLife(file: string, key: string, endsAt: string): CredentialLife {
  return {
    key: `certificate:${key}`,
    what: `The certificate ${file} (${key})`,
    endsAt,
    remedy: 'Make a new one, upload its public part to the app registration, then replace the file.',
  };
}

/** Everything of a connection that ends some day; a certificate that cannot be read is left to `doctor`. */
export async function livesOf(
  connection: ConnectionConfig,
  credentials: Credentials,
): Promise<readonly CredentialLife[]> {
  const signIn = signInLife(connection, credentials);
  const certificates = await Promise.all(
    certificateFiles(connection).map(async ({ file, key }) =>
      endOf(file).then(
        (endsAt) => [certificateLife(file, key, endsAt)],
        () => [],
      ),
    ),
  );
  return [...(signIn === null ? [] : [signIn]), ...certificates.flat()];
}

/** What `doctor` says of each certificate. */
export async function checkCertificates(
  connection: ConnectionConfig,
  warnDays: readonly number[],
  now: Date,
): Promise<readonly CheckResult[]> {
  return Promise.all(
    certificateFiles(connection).map(async ({ file, key }): Promise<CheckResult> => {
      const name = `Certificate ${key}`;
      try {
        const endsAt = await endOf(file);
        const days = wholeDaysLeft(endsAt, now.toISOString());
        const detail =
          days < 0
            ? `${file} ended on ${endsAt.slice(0, 10)}.`
            : `${file} is good until ${endsAt.slice(0, 10)} (${days} days).`;
        const isDying = days <= Math.max(0, ...warnDays);
        return {
          name,
          ok: !isDying,
          detail,
          remedy: isDying ? certificateLife(file, key, endsAt).remedy : null,
        };
      } catch (error) {
        const why =
          error instanceof Error && 'code' in error && typeof error.code === 'string' && !('system' in error)
            ? `it cannot be read (${error.code})`
            : error instanceof Error
              ? error.message
              : String(error);
        return { name, ok: false, detail: `${file}: ${why}`, remedy: `Correct the file, or ${key}.` };
      }
    }),
  );
}
