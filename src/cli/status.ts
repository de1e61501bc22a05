/** `status`: how each connection stands, from the ledger alone. */
import type { ConnectionConfig } from '../core/config-types.ts';
import type { AttentionKind, RunReport } from '../core/store-port.ts';
import { countUnanswered } from '../engine/settle-updates.ts';
import { selectConnections } from './connections.ts';
import type { ExitCode } from './exit-codes.ts';
import { count, displayAge, displayTime, type Paint, renderTable } from './format.ts';
import { painter, printJson } from './output.ts';
import type { DaemonHealth, Services, State, StateHolder } from './services.ts';

interface ConnectionStatus {
  readonly connection: string;
  readonly crm: string;
  readonly links: number;
  readonly opportunities: number;
  readonly referrals: number;
  /** Records that want processing now. */
  readonly due: number;
  /** Creates whose answer never came. */
  readonly unanswered: number;
  readonly attention: {
    readonly conflicts: number;
    readonly parked: number;
    readonly approvals: number;
    readonly notices: number;
  };
  readonly lastRun: RunReport | null;
}

/** Prints how each connection stands; works while another process runs, and before the first run. */
export async function status(services: Services): Promise<ExitCode> {
  const config = await services.loadConfig();
  const connections = selectConnections(config, services.globals.connection);
  const state = await services.openState(config, 'read');
  try {
    const statuses: ConnectionStatus[] = [];
    for (const connection of connections) statuses.push(await statusOf(services, connection, state));
    const holder = await services.holder(config);
    const health = holder?.command === 'start' ? await services.askDaemon(config) : null;
    const paint = painter(services);
    if (services.globals.json) printJson(services, { connections: statuses, holder, daemon: health });
    else {
      const now = services.now();
      services.terminal.out(statuses.map((one) => renderStatus(one, now, paint)).join('\n'));
      services.terminal.out(renderHolder(holder, health, now, paint));
    }
    return 0;
  } finally {
    await state?.close();
  }
}

async function statusOf(
  { now }: Services,
  { name, crm }: ConnectionConfig,
  state: State | null,
): Promise<ConnectionStatus> {
  const base = { connection: name, crm: crm.kind };
  const none = { links: 0, opportunities: 0, referrals: 0, due: 0, unanswered: 0, lastRun: null };
  if (state === null)
    return { ...base, ...none, attention: { conflicts: 0, parked: 0, approvals: 0, notices: 0 } };
  const ledger = await state.ledger(name);
  const [counts, due, unanswered, open, runs] = await Promise.all([
    ledger.counts(),
    ledger.countDue(now().toISOString()),
    countUnanswered(ledger),
    ledger.attention({ state: 'open' }),
    ledger.runs(1),
  ]);
  const ofKind = (kind: AttentionKind): number => open.filter((item) => item.kind === kind).length;
  return {
    ...base,
    ...counts,
    due,
    unanswered,
    attention: {
      conflicts: ofKind('conflict'),
      parked: ofKind('parked'),
      approvals: ofKind('approval'),
      notices: ofKind('notice'),
    },
    lastRun: runs[0] ?? null,
  };
}

/** Who works on the state, and what the daemon says of itself where it can be asked. */
function renderHolder(
  holder: StateHolder | null,
  health: DaemonHealth | null,
  now: Date,
  paint: Paint,
): string {
  if (holder === null) return '\nNo daemon is running.\n';
  const { pid, host, startedAt, command } = holder;
  const who = `process ${pid} on ${host}, since ${displayTime(startedAt)} UTC (${displayAge(startedAt, now)})`;
  if (command !== 'start') return `\nAt work: cosell-sync ${command}, ${who}.\n`;
  const unready = health?.connections.filter(({ ready }) => !ready) ?? [];
  const lines = [
    `The daemon is running: ${who}.`,
    ...(health?.ready === true ? [paint('green', 'It is ready.')] : []),
    ...unready.map(({ connection, reason }) => paint('red', `${connection} is not ready: ${reason}`)),
    ...(health?.configuration
      ? [paint('yellow', `It works by the configuration as it was: ${health.configuration}`)]
      : []),
  ];
  return `\n${lines.join('\n')}\n`;
}

const OUTCOME_STYLE = { clean: 'green', attention: 'yellow', incomplete: 'yellow', halted: 'red' } as const;

function renderStatus(one: ConnectionStatus, now: Date, paint: Paint): string {
  const { lastRun, attention } = one;
  const last =
    lastRun === null
      ? 'never; begin with cosell-sync plan'
      : `${displayTime(lastRun.finishedAt)} UTC (${displayAge(lastRun.finishedAt, now)}): ${paint(OUTCOME_STYLE[lastRun.outcome], lastRun.outcome)}`;
  const open = [
    [attention.conflicts, 'conflict'],
    [attention.approvals, 'approval'],
    [attention.parked, 'parked record'],
    [attention.notices, 'notice'],
  ] as const;
  const waiting = open.filter(([number]) => number > 0).map(([number, noun]) => count(number, noun));
  const rows = [
    ['Last run', last],
    ...(lastRun?.stopped ? [['', lastRun.stopped]] : []),
    ['Linked pairs', one.links.toLocaleString('en-US')],
    ['Records known', `${count(one.opportunities, 'opportunity')}, ${count(one.referrals, 'deal')}`],
    ['To look at', one.due === 0 ? 'nothing' : count(one.due, 'record')],
    ...(one.unanswered === 0 ? [] : [['Writes without an answer', String(one.unanswered)]]),
    ['Attention', waiting.length === 0 ? 'nothing' : `${waiting.join(', ')}  (cosell-sync attention list)`],
  ];
  return `${paint('bold', `${one.connection} (${one.crm})`)}\n${renderTable(rows, { paint }).replace(/^(?=.)/gm, '  ')}`;
}
