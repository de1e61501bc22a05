/** The stand-ins as commands use them: started on ports, with people at work in them. */
import type { RunningSandbox, SandboxOptions, SandboxPeople } from '../cli/services.ts';
import { ConfigurationError } from '../core/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Starts the stand-ins on the given ports, or on free ones. @throws ConfigurationError when a port or an export is no good */
export async function startStandIns(options: SandboxOptions): Promise<RunningSandbox> {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  const { port, opportunities, seed, salesforceExport, flag } = options;
  const ports =
    port === 0 ? {} : { control: port, salesforce: port + 1, partnerCenter: port + 2, entra: port + 3 };
  const started = startSandbox({
    ports,
    salesforce:
      salesforceExport === null
        ? { sample: { seed, opportunities } }
        : { exportDir: salesforceExport, ...(flag === null ? {} : { flag }) },
  });
  const sandbox = await started.catch((error: unknown) => {
    throw asConfigurationError(error, port);
  });
  return { urls: sandbox.urls, people: peopleOf(sandbox), close: () => sandbox.close() };
}

function asConfigurationError(error: unknown, port: number): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'EADDRINUSE') {
    return new ConfigurationError([
      `One of the ports ${port} to ${port + 3} is taken; choose another with --port, or 0 for free ones.`,
    ]);
  }
  return error.name === 'ExportError' ? new ConfigurationError([error.message]) : error;
}

function peopleOf({ salesforce, partnerCenter, requestCounts }: Sandbox): SandboxPeople {
  const seller = salesforce.as(salesforce.adminUserId);
  return {
    opportunityValue: (id, column) => salesforce.find('Opportunity', id)?.[column] ?? null,
    editOpportunity: (id, values) => seller.update('Opportunity', id, values),
    referralValue: (id, path) => valueAt(partnerCenter.referral(id), path),
    editReferral: (id, changes) => void partnerCenter.edit(id, changes),
    receiveDeal(name, customerOf) {
      const { customerProfile = {} } = partnerCenter.referral(customerOf);
      const received = partnerCenter.createInbound({ referral: { name, customerProfile } });
      return String(received.id);
    },
    counts() {
      const requests = requestCounts();
      const writes =
        salesforce.writeLog.filter(({ origin }) => origin === 'api').length +
        partnerCenter.writeLog.filter(({ by }) => by === 'api').length;
      return { crm: requests.salesforce, partnerCenter: requests.partnerCenter, writes };
    },
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
