import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimAddresses } from './addresses-claim.ts';
import { startCertManagerProvider } from './cert-manager/index.ts';
import { startCluster } from './cluster.ts';
import { serveControl } from './control.ts';
import { type SandboxRecord, sandboxDirectory } from './directory.ts';
import { FaultStore, parseFault } from './faults.ts';
import { type ClusterAccess, KubeClient } from './kubernetes/client.ts';
import { writeKubeconfig } from './kubernetes/kubeconfig.ts';
import { apiAddress, awsAddress } from './machines/addresses.ts';
import { EtcdClient } from './machines/etcd.ts';
import { Machines } from './machines/host.ts';
import type { Instance, Surroundings } from './machines/instance.ts';
import { findKubeadm } from './machines/kubeadm.ts';
import { createAuthority, createSharedPki, issue, readAuthority } from './machines/pki.ts';
import { SerialLock } from './machines/serial-lock.ts';
import { killProcessesOf } from './processes.ts';
import { EgressProxy, writeEgressConfiguration } from './services/egress.ts';
import { describe } from './status.ts';
import type { ToolPath } from './tools.ts';

export interface DaemonOptions {
  directory: string;
  /** Environment; the kubeconfig's context has this name. */
  name: string;
  region: string;
  /** Directories with upstream charts, looked in before the stand-ins. */
  charts: string[];
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
  // One failing reconnection must not take the whole cluster down.
  process.on('unhandledRejection', (error) => log(`unhandled: ${(error as Error)?.stack ?? error}`));
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
    const machines = new Machines(surroundings);
    const { startAws } = await import('./aws/index.ts');
    const aws = await startAws({
      host: machines,
      address: awsAddress(surroundings.number),
      region: options.region,
      directory: join(directory.root, 'aws'),
      log: (line) => log(`aws: ${line}`),
    });
    closing.unshift(() => aws.stop());
    surroundings.aws.endpointUrl = aws.endpointUrl;
    const authority = await createAuthority('kubezero-sandbox');
    const egress = new EgressProxy(directory.egressSocket, authority, (line) => log(`egress ${line}`));
    closing.unshift(() => egress.close());
    const cluster = startCluster(surroundings, egress, authority);
    closing.unshift(() => cluster.stop());
    const certManager = await startCertManagerProvider();
    closing.unshift(() => certManager.stop());
    const { writeStandInCharts } = await import('./charts/index.ts');
    await writeStandInCharts(directory.charts);
    record.number = surroundings.number;
    record.env = environment(options, surroundings, aws, certManager.port);
    const facts = () => ({ name: options.name, startedAt, env: record.env, aws: aws.state() });
    const control = await serveControl(directory.controlSocket, {
      'GET /status': () => describe(surroundings, facts()),
      'GET /faults': () => surroundings.faults.list(),
      'POST /faults/add': (body) => surroundings.faults.add(parseFault(body)),
      'POST /faults/clear': (body) => surroundings.faults.clear(body.id ? String(body.id) : undefined),
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
      new Promise((done) => setTimeout(done, 3_000)),
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
  const [kubeadm] = await Promise.all([
    findKubeadm((version) => tools('kubeadm', version), '1.21.9', join(directory.root, 'probe')),
    preparePki(directory.pki),
  ]);
  const access = clusterAccess(directory.pki, number);
  writeKubeconfig(directory.kubeconfig, options.name, access);
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
    aws: { endpointUrl: '', region: options.region },
    instances,
    etcdJoin: new SerialLock(),
    flags: (component): Record<string, string> =>
      component === 'kube-apiserver' ? { 'egress-selector-config-file': directory.egressConfiguration } : {},
    log,
  };
}

async function preparePki(directory: string): Promise<void> {
  if (existsSync(join(directory, 'sa.pub'))) return;
  await createSharedPki(directory);
  const write = async (name: string, pair: Promise<{ cert: string; key: string }>) => {
    const { cert, key } = await pair;
    writeFileSync(join(directory, `${name}.crt`), cert);
    writeFileSync(join(directory, `${name}.key`), key, { mode: 0o600 });
  };
  const admin = { commonName: 'kubernetes-admin', organization: 'system:masters', usage: 'client' } as const;
  await write('admin', issue(readAuthority(directory, 'ca'), admin));
  await write('etcd-client', issue(readAuthority(directory, 'etcd/ca'), admin));
}

function clusterAccess(pki: string, number: number): ClusterAccess {
  const read = (name: string) => readFileSync(join(pki, name), 'utf8');
  return {
    host: apiAddress(number),
    port: 6443,
    // In every API server's certificate, whatever the environment's domain.
    serverName: 'kubernetes',
    ca: read('ca.crt'),
    cert: read('admin.crt'),
    key: read('admin.key'),
  };
}

function environment(
  { directory: root, charts }: DaemonOptions,
  surroundings: Surroundings,
  aws: { endpointUrl: string; providerPort: number },
  certManagerPort: number,
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
    PULUMI_BACKEND_URL: `file://${directory.pulumiState}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: directory.passphrase,
    // Copies of every state on a disk that is thrown away cost a third of an update's time.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
  };
}

function writeRecord(file: string, record: SandboxRecord): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
