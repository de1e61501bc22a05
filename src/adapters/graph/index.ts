/** Microsoft Graph: the company's directory and mail, both app-only and both optional. */
import type { CallOptions, CheckResult, Directory, MessageChannel, OwnerMail } from '../../core/ports.ts';
import type { AppTokens } from '../entra/index.ts';
import { type Clock, type HttpClient, systemClock } from '../http/index.ts';
import { checkDirectory, checkMailbox } from './check.ts';
import { createGraphClient } from './client.ts';
import { createDirectory } from './directory.ts';
import { createMailChannel, createOwnerMail, type MailOptions } from './mail.ts';

export { graphScope } from './client.ts';

export interface GraphOptions {
  /** A client whose base URL is Graph's. */
  readonly http: HttpClient;
  /** Tokens of the app for `graphScope(baseUrl)`. */
  readonly tokens: AppTokens;
  readonly clock?: Clock;
}

export interface Graph {
  readonly directory: Directory;
  mail(options: MailOptions): MessageChannel;
  /** Mail to single people. @param from the mailbox that sends */
  ownerMail(from: string): OwnerMail;
  checkDirectory(options: CallOptions): Promise<CheckResult>;
  /** @param key the configuration's key that names the mailbox */
  checkMailbox(from: string, key: string, options: CallOptions): Promise<CheckResult>;
}

/** What we use of Graph. Nothing is sent. */
export function createGraph({ http, tokens, clock = systemClock }: GraphOptions): Graph {
  const client = createGraphClient(http, tokens);
  return {
    directory: createDirectory(client, clock),
    mail: (options) => createMailChannel(client, clock, options),
    ownerMail: (from) => createOwnerMail(client, clock, from),
    checkDirectory: (options) => checkDirectory(client, clock, options),
    checkMailbox: (from, key, options) => checkMailbox(client, clock, from, key, options),
  };
}
