/** `attention`: what a person must look at, and the decisions about it. */
import type { Config, ConnectionConfig } from '../core/config-types.ts';
import { ConfigurationError } from '../core/errors.ts';
import { shown } from '../core/plan.ts';
import type { AttentionItem, Ledger } from '../core/store-port.ts';
import { chooseAccountFor, NEW_ACCOUNT } from '../engine/account-choice.ts';
import { approveItems, dismissItems, resolveConflict, retryItems } from '../engine/operator.ts';
import { renderItem, renderList } from './attention-report.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { count } from './format.ts';
import { painter, printJson, TEXT_WIDTH } from './output.ts';
import type { Services, State } from './services.ts';

/** An item with the connection whose ledger holds it. */
export interface OwnedItem {
  readonly connection: string;
  readonly item: AttentionItem;
}

interface OpenedItem extends OwnedItem {
  readonly ledger: Ledger;
}

/** An item as `attention list --json` prints it. */
function toListed({ connection, item }: OwnedItem) {
  const { id, kind, opportunityId, referralId, fields, message, since, count: seen } = item;
  return { id, connection, kind, opportunityId, referralId, fields, message, since, count: seen };
}

/** Prints the open items; works while another process runs. */
export async function listAttention(services: Services): Promise<ExitCode> {
  return reading(services, async (state, connections) => {
    const items = await openItems(state, connections);
    if (services.globals.json) printJson(services, { items: items.map(toListed) });
    else services.terminal.out(renderList(items, { paint: painter(services), width: TEXT_WIDTH }));
  });
}

/** Prints one item with everything known about it. */
export async function showAttention(services: Services, id: string): Promise<ExitCode> {
  return reading(services, async (state, connections) => {
    const [found] = await findItems(state, connections, [id]);
    if (found === undefined) return;
    const { item } = found;
    if (services.globals.json) {
      const values = item.values.map(({ field, baseline, opportunity, referral, applied }) => ({
        field,
        baseline: shown(field, baseline),
        opportunity: shown(field, opportunity),
        referral: shown(field, referral),
        applied,
      }));
      const { code, state: itemState, lastSeenAt, decisions, why } = item;
      printJson(services, { ...toListed(found), code, state: itemState, lastSeenAt, values, decisions, why });
    } else services.terminal.out(renderItem(found, { paint: painter(services), width: TEXT_WIDTH }));
  });
}

export interface RetryOptions {
  readonly ids: readonly string[];
  /** All open items of this cause. */
  readonly code: string | null;
  /** All open items first seen at or after this time. */
  readonly since: string | null;
}

/** Makes records due again, named by id, by cause or by time; all of parked ones when nothing narrows it down. */
export async function retryAttention(
  services: Services,
  { ids, code, since }: RetryOptions,
): Promise<ExitCode> {
  const from = since === null ? null : new Date(since);
  if (from !== null && Number.isNaN(from.getTime()))
    throw new ConfigurationError([`--since "${since}" is no time such as 2026-01-31 or 2026-01-31T08:00Z.`]);
  return deciding(services, async (state, connections) => {
    const named =
      ids.length > 0 ? await findItems(state, connections, ids) : await openItems(state, connections);
    const isMeant = ({ item }: OwnedItem): boolean =>
      (code === null || item.code === code) &&
      (from === null || Date.parse(item.since) >= from.getTime()) &&
      (ids.length > 0 || code !== null || item.kind === 'parked');
    const items = named.filter(isMeant);
    await byLedger(items, (ledger, group) => retryItems({ ledger, now: services.now }, group));
    const text =
      code !== null && items.length === 0
        ? noneOfCause(code, named)
        : `${count(items.length, 'item')} will be tried again by the next run.`;
    return { ids: items.map(({ item }) => item.id), text };
  });
}

/** Nothing has the cause, which may be a slip: the causes that there are stand beside it. */
function noneOfCause(code: string, items: readonly OwnedItem[]): string {
  const causes = [...new Set(items.map(({ item }) => item.code))].sort();
  const known = causes.length === 0 ? 'Nothing is open.' : `What is open has these: ${causes.join(', ')}.`;
  return `No item has the cause "${code}". ${known}`;
}

export interface Answer {
  readonly field: string | null;
  readonly take: string | null;
  readonly account: string | null;
}

/** Decides a conflict for one side, or whose deal a received one is. */
export async function resolveItem(
  services: Services,
  id: string,
  { field, take, account }: Answer,
): Promise<ExitCode> {
  if ((take === null) === (account === null)) {
    throw new ConfigurationError([
      'attention resolve needs either --take crm|partnerCenter, for a conflict, or --account ID, for a received deal.',
    ]);
  }
  return account === null
    ? resolveAttention(services, id, field, String(take))
    : resolveAccount(services, id, account);
}

/** Decides a conflict for one side. */
export async function resolveAttention(
  services: Services,
  id: string,
  field: string | null,
  take: string,
): Promise<ExitCode> {
  if (take !== 'crm' && take !== 'partnerCenter')
    throw new ConfigurationError([`--take is crm or partnerCenter, not "${take}".`]);
  return deciding(services, async (state, connections) => {
    const [found] = await findItems(state, connections, [id]);
    if (found === undefined) return { ids: [], text: '' };
    const fields = await resolveConflict(
      { ledger: found.ledger, now: services.now },
      found.item,
      field,
      take,
    );
    const winner = take === 'crm' ? "the CRM's value" : "Partner Center's value";
    return {
      ids: [found.item.id],
      text: `The next run takes ${winner} for ${fields.join(', ')}, unless a side has moved by then.`,
    };
  });
}

/** Answers whose deal it is: an account's id, or `new`. */
async function resolveAccount(services: Services, id: string, account: string): Promise<ExitCode> {
  return deciding(services, async (state, connections) => {
    const [found] = await findItems(state, connections, [id]);
    if (found === undefined) return { ids: [], text: '' };
    const chosen = await chooseAccountFor({ ledger: found.ledger, now: services.now }, found.item, account);
    const where = chosen === NEW_ACCOUNT ? 'a new account' : `account ${chosen}`;
    return { ids: [found.item.id], text: `The next run creates the opportunity on ${where}.` };
  });
}

/** Approves what waits for a person. */
export async function approveAttention(services: Services, ids: readonly string[]): Promise<ExitCode> {
  return deciding(services, async (state, connections) => {
    const items = await findItems(state, connections, ids);
    await byLedger(items, (ledger, group) => approveItems({ ledger, now: services.now }, group));
    return {
      ids: items.map(({ item }) => item.id),
      text: `${count(items.length, 'item')} approved; the next run does what they cover.`,
    };
  });
}

/** Takes items off the list, with a reason. */
export async function dismissAttention(
  services: Services,
  ids: readonly string[],
  why: string,
): Promise<ExitCode> {
  return deciding(services, async (state, connections) => {
    const items = await findItems(state, connections, ids);
    await byLedger(items, (ledger, group) => dismissItems({ ledger, now: services.now }, group, why));
    return { ids: items.map(({ item }) => item.id), text: `${count(items.length, 'item')} dismissed.` };
  });
}

type Connections = readonly ConnectionConfig[];

async function reading(
  services: Services,
  work: (state: State | null, connections: Connections) => Promise<void>,
): Promise<ExitCode> {
  const { config, connections } = await selected(services);
  const state = await services.openState(config, 'read');
  try {
    await work(state, connections);
    return 0;
  } finally {
    await state?.close();
  }
}

async function deciding(
  services: Services,
  work: (
    state: State,
    connections: Connections,
  ) => Promise<{ readonly ids: readonly string[]; readonly text: string }>,
): Promise<ExitCode> {
  const { config, connections } = await selected(services);
  const state = await services.openState(config, 'decide');
  try {
    const { ids, text } = await work(state, connections);
    if (services.globals.json) printJson(services, { ids });
    else if (!services.globals.quiet) services.terminal.out(`${text}\n`);
    return 0;
  } finally {
    await state.close();
  }
}

async function selected(
  services: Services,
): Promise<{ readonly config: Config; readonly connections: Connections }> {
  const config = await services.loadConfig();
  return { config, connections: selectConnections(config, services.globals.connection) };
}

async function openItems(state: State | null, connections: Connections): Promise<readonly OpenedItem[]> {
  const items: OpenedItem[] = [];
  for (const { name } of state === null ? [] : connections) {
    const ledger = await state?.ledger(name);
    if (ledger === undefined) continue;
    for (const item of await ledger.attention({ state: 'open' }))
      items.push({ connection: name, item, ledger });
  }
  return items;
}

/** The items with these ids, or unambiguous beginnings of them. @throws ConfigurationError naming those not found */
async function findItems(
  state: State | null,
  connections: Connections,
  ids: readonly string[],
): Promise<readonly OpenedItem[]> {
  const items: OpenedItem[] = [];
  const problems: string[] = [];
  for (const id of ids) {
    const matches: OpenedItem[] = [];
    for (const { name } of state === null ? [] : connections) {
      const ledger = await state?.ledger(name);
      const item = await ledger?.findAttention(id);
      if (ledger !== undefined && item !== undefined && item !== null)
        matches.push({ connection: name, item, ledger });
    }
    const [only] = matches;
    if (only === undefined)
      problems.push(`There is no attention item ${id}, or several begin so; see cosell-sync attention list.`);
    else if (matches.length > 1)
      problems.push(`${id} is an item of several connections; add --connection NAME.`);
    else if (!items.some(({ item }) => item.id === only.item.id)) items.push(only);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return items;
}

async function byLedger(
  items: readonly OpenedItem[],
  work: (ledger: Ledger, items: readonly AttentionItem[]) => Promise<void>,
): Promise<void> {
  const groups = new Map<Ledger, AttentionItem[]>();
  for (const { ledger, item } of items) groups.set(ledger, [...(groups.get(ledger) ?? []), item]);
  for (const [ledger, group] of groups) await work(ledger, group);
}
