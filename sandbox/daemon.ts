import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../certificates/index.ts';
import { UserError } from '../errors/index.ts';
import { releases } from '../releases/index.ts';
import { clusterAccess, issueAdministrators, keepAccess } from './access.ts';
import { claimAddresses } from './addresses-claim.ts';
import type { Aws, BackendKind } from './aws/index.ts';
import { startCertManagerProvider } from './cert-manager/index.ts';
import { startCluster } from './cluster.ts';
import { serveControl } from './control.ts';
import { type SandboxRecord, sandboxDirectory } from './directory.ts';
import { type Fault, FaultStore, parseFault } from './faults.ts';
import { KubeClient } from './kubernetes/client.ts';
import { writeKubeconfig, writeKubeconfigOfFiles } from './kubernetes/kubeconfig.ts';
import { awsAddress, nameAddress } from './machines/addresses.ts';
import { EtcdClient } from './machines/etcd.ts';
import { Machines, namesOf } from './machines/host.ts';
import type { Instance, Surroundings } from './machines/instance.ts';
import { findKubeadm } from './machines/kubeadm.ts';
import { createSharedPki } from './machines/pki.ts';
import { outlive } from './outlive.ts';
import { killProcessesOf } from './processes.ts';
import { EgressProxy, writeEgressConfiguration } from './services/egress.ts';
import { describe, type MachineKind } from './status.ts';
import type { ToolPath } from './tools.ts';

export interface DaemonOptions {
  directory: string;
  /** Environment; the kubeconfig's context has this name. */
  name: string;
  region: string;
  /** Directories with upstream charts, looked in before the stand-ins. */
  charts: string[];
  /** What stands for instances: processes and kwok, or machines that really boot. */
  machines: MachineKind;
  /** Where the state of stacks is kept: in files, or in the account's S3 with a key of its KMS. */
  backend: BackendKind;
  /** Kubernetes versions that machines may be of; absent: those of all releases. */
  kubernetes?: string[];
  /** Finds the tools that it runs. */
  tools: () => Promise<ToolPath>;
  /** Finds ArgoCD, which only some environments need. */
  argocd: () => Promise<string>;
  /** Ends the sandbox. */
  signal: AbortSignal;
}

/** Runs a sandbox until it is told to stop (signal, or `stop` on its control socket); then kills every process of it. */
export async function runSandbox(options: DaemonOptions): Promise<void> {
  const directory = sandboxDirectory(options.directory);
  const startedAt = new Date().toISOString();
  const stop = new AbortController();
  options.signal.addEventListener('abort', () => stop.abort(), { once: true });
  const log = (line: string) => appendFileSync(directory.daemonLog, `${new Date().toISOString()} ${line}\n`);
  const record: SandboxRecord = {
    name: options.name,
    pid: process.pid,
    number: 0,
    startedAt,
    state: 'starting',
    env: {},
  };
  const closing: (() => Promise<unknown> | unknown)[] = [];
  outlive(log);
  try {
    for (const path of [
      directory.instances,
      directory.volumes,
      directory.logs,
      directory.charts,
      directory.pulumiState,
    ]) {
      mkdirSync(path, { recursive: true });
    }
    const surroundings = await prepare(options, closing, log);
    const real = options.machines === 'real' ? await realHardware(surroundings) : undefined;
    const machines = real ?? new Machines(surroundings);
    const { refusalOf, startAws } = await import('./aws/index.ts');
    const aws = await startAws({
      host: machines,
      address: awsAddress(surroundings.number),
      region: options.region,
      directory: join(directory.root, 'aws'),
      log: (line) => log(`aws: ${line}`),
      refuse: (operation, resource) => {
        const kind = surroundings.faults.awsRefusal(operation, resource);
        return kind && refusalOf(operation, kind, resource);
      },
      slow: (way, operation, resource, bytes) => surroundings.faults.awsWait(way, operation, resource, bytes),
    });
    closing.unshift(() => aws.stop());
    surroundings.aws.endpointUrl = aws.endpointUrl;
    surroundings.aws.addressesOf = (name) => aws.addressesOf(name);
    if (real) {
      closing.unshift(() => real.stop());
      await real.start();
      closing.unshift(keepAccess(directory.pki, (path) => real.read(path)));
    }
    const authority = await createAuthority('kubezero-sandbox');
    const egress = new EgressProxy(directory.egressSocket, authority, (line) => log(`egress ${line}`));
    closing.unshift(() => egress.close());
    const cluster = startCluster(surroundings, egress, authority, options.machines);
    closing.unshift(() => cluster.stop());
    const certManager = await startCertManagerProvider();
    closing.unshift(() => certManager.stop());
    const { writeStandInCharts } = await import('./charts/index.ts');
    await writeStandInCharts(directory.charts);
    record.number = surroundings.number;
    record.env = environment(options, surroundings, aws, certManager.port, backendVariables(options, aws));
    const { machines: machineKind } = options;
    const facts = () => ({ name: options.name, machines: machineKind, startedAt, env: record.env, aws: aws.state() });
    const control = await serveControl(directory.controlSocket, {
      'GET /status': () => describe(surroundings, facts()),
      'GET /faults': () => surroundings.faults.list(),
      'POST /faults/add': (body) => surroundings.faults.add(onMachines(parseFault(body), machineKind)),
      'POST /faults/clear': (body) => surroundings.faults.clear(body.id ? String(body.id) : undefined),
      'POST /reboot': ({ match }) => {
        const found = [...surroundings.instances.values()].filter((instance) =>
          Object.values(namesOf(instance)).includes(String(match)),
        );
        if (found.length === 0)
          throw new UserError(`no machine of the sandbox is called "${match}"`, {
            fix: 'node name, instance id, zone, role or worker group: kubezero sandbox status',
          });
        for (const { machine } of found) aws.rebootInstance(machine.instanceId);
        return found.map(({ nodeName }) => nodeName);
      },
      'POST /stop': () => {
        setTimeout(() => stop.abort(), 10);
        return { stopping: true };
      },
    });
    closing.unshift(() => control.close());
    writeRecord(directory.record, { ...record, state: 'ready' });
    log(`ready: number ${surroundings.number}, AWS at ${aws.endpointUrl}`);
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } catch (error) {
    log(`failed: ${(error as Error).stack}`);
    const { message, fix } = error as Error & { fix?: string };
    writeRecord(directory.record, { ...record, state: 'failed', error: [message, fix].filter(Boolean).join('; ') });
  } finally {
    log('stopping');
    // Processes first, so that nothing is started again while the rest winds down.
    await Promise.race([
      Promise.allSettled(closing.map(async (close) => close())),
      // Machines let go of file systems, networks and loop devices of this host.
      new Promise((done) => setTimeout(done, options.machines === 'real' ? 40_000 : 3_000)),
    ]);
    const killed = await killProcessesOf(options.directory);
    log(`stopped${killed ? `, ${killed} processes killed` : ''}`);
  }
}

async function prepare(
  options: DaemonOptions,
  closing: (() => Promise<unknown> | unknown)[],
  log: (line: string) => void,
): Promise<Surroundings> {
  const directory = sandboxDirectory(options.directory);
  const { number, proxy } = await claimAddresses();
  closing.push(() => proxy.close());
  const tools = await options.tools();
  const real = options.machines === 'real';
  const [probeVersion = Object.values(releases)[0]!.kubernetesVersion] = options.kubernetes ?? [];
  const [kubeadm] = await Promise.all([
    findKubeadm((version) => tools('kubeadm', version), probeVersion, join(directory.root, 'probe')),
    // Real machines make their keys themselves.
    real ? undefined : preparePki(directory.pki),
  ]);
  const access = clusterAccess(directory.pki, number);
  if (real) writeKubeconfigOfFiles(directory.kubeconfig, options.name, access, directory.pki);
  else writeKubeconfig(directory.kubeconfig, options.name, access);
  writeEgressConfiguration(directory.egressConfiguration, directory.egressSocket);
  writeFileSync(directory.passphrase, 'sandbox\n', { mode: 0o600 });
  const client = new KubeClient(access);
  const instances = new Map<string, Instance>();
  closing.push(
    () => client.close(),
    () => Promise.all([...instances.values()].map((instance) => instance.kubelet?.powerOff())),
  );
  return {
    number,
    directory,
    tools,
    argocd: options.argocd,
    kubeadm,
    etcd: new EtcdClient(tools, directory.pki),
    proxy,
    client,
    faults: new FaultStore(),
    aws: { endpointUrl: '', region: options.region, addressesOf: () => [] },
    instances,
    nameAddress: namesIn(number),
    flags: (component): Record<string, string> =>
      component === 'kube-apiserver' ? { 'egress-selector-config-file': directory.egressConfiguration } : {},
    log,
  };
}

/** Gives each name an address, and the same whenever it is asked for. */
function namesIn(number: number): (name: string) => string {
  const names: string[] = [];
  return (name) => {
    if (!names.includes(name)) names.push(name);
    return nameAddress(number, names.indexOf(name));
  };
}

async function preparePki(directory: string): Promise<void> {
  if (existsSync(join(directory, 'sa.pub'))) return;
  await createSharedPki(directory);
  await issueAdministrators(directory);
}

async function realHardware(surroundings: Surroundings) {
  const { RealHardware } = await import('./real/hardware.ts');
  return new RealHardware(surroundings);
}

/** Faults that the sandbox plays are those of machines that it plays. */
function onMachines(fault: Fault, machines: MachineKind): Fault {
  if (machines === 'real' && fault.kind !== 'aws' && fault.kind !== 'slow-aws')
    throw new UserError(
      `a fault "${fault.kind}" can't be had on real machines: only what AWS refuses or delays is acted out there`,
      {
        fix: 'break the machine itself: nsenter into it, see kubezero sandbox status',
      },
    );
  return fault;
}

function environment(
  { directory: root, charts }: DaemonOptions,
  surroundings: Surroundings,
  aws: { endpointUrl: string; providerPort: number },
  certManagerPort: number,
  backend: Record<string, string>,
): Record<string, string> {
  const directory = sandboxDirectory(root);
  return {
    AWS_ENDPOINT_URL: aws.endpointUrl,
    AWS_REGION: surroundings.aws.region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    PULUMI_DEBUG_PROVIDERS: `aws:${aws.providerPort},kubernetes-cert-manager:${certManagerPort}`,
    KUBECONFIG: directory.kubeconfig,
    KUBEZERO_CHARTS: [...charts, directory.charts].join(':'),
    ...backend,
  };
}

/** Which backend stacks have: what an operator would set, and nothing more where it is S3. */
function backendVariables({ name, directory: root, backend }: DaemonOptions, aws: Aws): Record<string, string> {
  if (backend === 's3') {
    const { url, secretsProvider } = aws.makeBackend(name);
    return { PULUMI_BACKEND_URL: url, KUBEZERO_SECRETS_PROVIDER: secretsProvider };
  }
  const directory = sandboxDirectory(root);
  return {
    PULUMI_BACKEND_URL: `file://${directory.pulumiState}`,
    KUBEZERO_SECRETS_PROVIDER: 'passphrase',
    PULUMI_CONFIG_PASSPHRASE_FILE: directory.passphrase,
    // Copies of every state on a disk that is thrown away cost a third of an update's time.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
  };
}

function writeRecord(file: string, record: SandboxRecord): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
