/** The stand-ins as commands use them: started on ports, with people at work in them. */
import type { RunningSandbox, SandboxOptions, SandboxPeople } from '../cli/services.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Starts the stand-ins on the given ports, or on free ones. @throws ConfigurationError when a port or an export is no good */
export async function startStandIns(options: SandboxOptions): Promise<RunningSandbox> {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  const { port, crm, opportunities, seed, salesforceExport, flag } = options;
  const ports =
    port === 0
      ? {}
      : {
          control: port,
          salesforce: port + 1,
          partnerCenter: port + 2,
          entra: port + 3,
          dynamics: port + 4,
        };
  const records =
    salesforceExport === null
      ? { sample: { seed, opportunities } }
      : { exportDir: salesforceExport, ...(flag === null ? {} : { flag }) };
  const started = startSandbox({
    ports,
    ...(crm === 'dynamics' ? { dynamics: records } : { salesforce: records }),
  });
  const sandbox = await started.catch((error: unknown) => {
    throw asConfigurationError(error, port, port + Object.keys(ports).length - 1);
  });
  return { urls: sandbox.urls, people: peopleOf(sandbox), close: () => sandbox.close() };
}

function asConfigurationError(error: unknown, port: number, lastPort: number): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'EADDRINUSE') {
    return new ConfigurationError([
      `One of the ports ${port} to ${lastPort} is taken; choose another with --port, or 0 for free ones.`,
    ]);
  }
  return error.name === 'ExportError' ? new ConfigurationError([error.message]) : error;
}

/** People who work in one of the two CRMs, and that CRM's own count of what it was asked and told. */
type CrmPeople = Pick<SandboxPeople, 'columns' | 'opportunityValue' | 'editOpportunity'> & {
  counts(): { readonly requests: number; readonly writes: number };
};

function peopleOf(sandbox: Sandbox): SandboxPeople {
  const { partnerCenter, requestCounts } = sandbox;
  const { counts: crmCounts, ...crm } = sellersOf(sandbox);
  return {
    ...crm,
    referralValue: (id, path) => valueAt(partnerCenter.referral(id), path),
    editReferral: (id, changes) => void partnerCenter.edit(id, changes),
    receiveDeal(name, customerOf) {
      const { customerProfile = {} } = partnerCenter.referral(customerOf);
      const received = partnerCenter.createInbound({ referral: { name, customerProfile } });
      return String(received.id);
    },
    counts() {
      const { requests, writes } = crmCounts();
      return {
        crm: requests,
        partnerCenter: requestCounts().partnerCenter,
        writes: writes + partnerCenter.writeLog.filter(({ by }) => by === 'api').length,
      };
    },
  };
}

function sellersOf({ salesforce, dynamics, requestCounts }: Sandbox): CrmPeople {
  const byApi = (log: readonly { readonly origin: string }[]): number =>
    log.filter(({ origin }) => origin === 'api').length;
  if (dynamics !== null) {
    const seller = dynamics.as(dynamics.adminUserId);
    return {
      columns: { name: 'name', amount: 'estimatedvalue', notes: 'description' },
      opportunityValue: (id, column) => dynamics.find('opportunity', id)?.[column] ?? null,
      editOpportunity: (id, values) => seller.update('opportunity', id, values),
      counts: () => ({ requests: requestCounts().dynamics ?? 0, writes: byApi(dynamics.writeLog) }),
    };
  }
  const seller = salesforce.as(salesforce.adminUserId);
  return {
    columns: { name: 'Name', amount: 'Amount', notes: 'Description' },
    opportunityValue: (id, column) => salesforce.find('Opportunity', id)?.[column] ?? null,
    editOpportunity: (id, values) => seller.update('Opportunity', id, values),
    counts: () => ({ requests: requestCounts().salesforce, writes: byApi(salesforce.writeLog) }),
  };
}

/** The value at a path of a JSON body. */
function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('/')) {
    if (typeof value !== 'object' || value === null) return null;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value ?? null;
}
