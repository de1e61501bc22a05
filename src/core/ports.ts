/** What the engine needs from the outside world. Adapters and stores implement these; the core owns them. */
import type { Person } from './deal.ts';
import type { CallOptions } from './port-calls.ts';
import type { PersonQuery } from './team-directory.ts';

export type * from './crm-port.ts';
export type * from './partner-center-port.ts';
export type * from './port-calls.ts';

/** The company's directory of people. */
export interface Directory {
  /**
   * What is known of people, by their key; null for those it does not know or cannot tell apart. Whom it could not
   * answer for (throttled) is left out.
   * @throws RemoteError when nobody could be asked for
   */
  find(people: readonly PersonQuery[], options: CallOptions): Promise<ReadonlyMap<string, Person | null>>;
}

/** A message to the operators: plain text, without contact details and secrets. */
export interface Message {
  /** Stays the same when the message is sent again, and is no other message's. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

/** A way to reach the operators. */
export interface MessageChannel {
  readonly name: string;
  /** The occasions it wants to hear of. */
  readonly on: readonly string[];
  /** @throws RemoteError; with `outcomeUnknown` it may have arrived all the same */
  send(message: Message, options: CallOptions): Promise<void>;
}

/** Mail to one person of the company: what it says carries nobody's contact details. */
export interface OwnerMail {
  /**
   * @param to the person's own address
   * @throws RemoteError; with `outcomeUnknown` it may have arrived all the same
   */
  send(to: string, message: Message, options: CallOptions): Promise<void>;
}

/** Requests to data routes since the process started, as the server counts them. */
export interface RequestCounts {
  readonly crm: number;
  readonly partnerCenter: number;
  readonly graph: number;
  readonly retries: number;
}

/** The logger the engine uses; messages are static, fields carry no personal data. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
