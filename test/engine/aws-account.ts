import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineEvent, LocalWorkspace, type PulumiFn, type Stack } from '@pulumi/pulumi/automation/index.js';
import { type Aws, type Machine, startAws } from '../../sandbox/aws/index.ts';

export interface TestAccount {
  aws: Aws;
  /** Machines that are powered on, by instance id. */
  machines: Map<string, Machine>;
  /** A stack on a backend of its own in the account's directory. */
  stack(name: string, program: PulumiFn, providers?: string[]): Promise<Stack>;
  stop(): Promise<void>;
}

/** A simulated account whose machines do nothing, and stacks that the real engine deploys into it. */
export async function startTestAccount(engine: Record<string, string>): Promise<TestAccount> {
  const directory = await mkdtemp(join(tmpdir(), 'kubezero-aws-'));
  const machines = new Map<string, Machine>();
  const aws = await startAws({
    host: {
      boot: async (machine) => {
        machines.set(machine.instanceId, machine);
      },
      terminate: async (id) => {
        machines.delete(id);
      },
    },
    address: '127.0.0.1',
    region: 'eu-central-1',
    directory,
    log: () => {},
    delays: { launch: 100, terminate: 100, reconcile: 10, retry: 200 },
  });
  return {
    aws,
    machines,
    stack: async (name, program, providers = []) => {
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: name, projectName: 'account', program },
        {
          workDir: directory,
          envVars: {
            ...engine,
            PULUMI_BACKEND_URL: `file://${directory}`,
            PULUMI_CONFIG_PASSPHRASE: 'test',
            PULUMI_DEBUG_PROVIDERS: [`aws:${aws.providerPort}`, ...providers].join(','),
          },
        },
      );
      await stack.setConfig('aws:region', { value: 'eu-central-1' });
      return stack;
    },
    stop: async () => {
      await aws.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What a preview says it would do: operation, changed paths and replacement keys by resource name. */
export async function plan(
  stack: Stack,
): Promise<Record<string, { op: string; paths: Record<string, string>; keys: string[] }>> {
  const events: EngineEvent[] = [];
  await stack.preview({ onEvent: (event) => events.push(event) });
  const steps = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  return Object.fromEntries(
    steps
      .filter(({ op, type }) => op !== 'same' && !type.startsWith('pulumi:'))
      .map(({ urn, op, detailedDiff, keys }) => [
        `${urn.split('::').at(-1)}${op === 'replace' ? '' : ` ${op}`}`,
        {
          op,
          keys: keys ?? [],
          paths: Object.fromEntries(Object.entries(detailedDiff ?? {}).map(([path, { diffKind }]) => [path, diffKind])),
        },
      ]),
  );
}
