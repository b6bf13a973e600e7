import { applicationRelease } from '../../application/application-file.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { type ExitCode, exitCode } from '../../errors/index.ts';
import { Access } from '../access/access.ts';
import { type CertificateExpiry, certificateExpiries, expiryWarnings } from '../access/expiry.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import { openCluster, reasonOf } from '../live/kubernetes/client.ts';
import { apiServerVersions } from '../live/kubernetes/control-plane.ts';
import {
  isController,
  isReady,
  kubeletVersion,
  listNodes,
  unhealthyPods,
  type Wait,
} from '../live/kubernetes/health.ts';
import type { CommandContext } from '../report/command-context.ts';

export interface StatusOptions {
  env: string;
}

/** What `kubezero status` shows; with `--json` this document. */
export interface EnvironmentStatus {
  environment: string;
  /** Release of application.yaml; absent where it doesn't tell. */
  application?: string;
  layers: {
    controllers?: string;
    workers?: string;
    surge?: boolean;
    modules: Record<string, string>;
    crds: Record<string, string>;
    /** Who delivers each module, or on which way it is between the two. */
    delivery: Record<string, string>;
  };
  cluster:
    | {
        context: string;
        apiServers: Record<string, string>;
        nodes: NodeStatus[];
        unhealthy: Pick<Wait, 'object' | 'reason'>[];
        certificates: CertificateExpiry[];
      }
    | { context: string; error: string };
}

export interface NodeStatus {
  name: string;
  role: 'controller' | 'worker';
  kubelet: string;
  os: string;
  ready: boolean;
  schedulable: boolean;
}

/** `kubezero status`: which release each part is at, as deployed and as live. */
export async function status(argv: StatusOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await openEngine(command));
  const [controllers, workers, modules] = [
    await stacks.outputs('controllers'),
    await stacks.outputs('workers'),
    await stacks.outputs('modules'),
  ];
  const result: EnvironmentStatus = {
    environment: environment.name,
    application: applicationRelease(environment),
    layers: {
      controllers: controllers?.release,
      workers: workers?.release,
      surge: workers?.surge,
      modules: modules?.releases ?? {},
      crds: modules?.crds ?? {},
      delivery: modules?.delivery ?? {},
    },
    cluster: await clusterStatus(environment.kubeContext, new Access({ environment, stacks: () => stacks, command })),
  };
  if (command.json) command.print(JSON.stringify(result, null, 2));
  else print(result, command);
  return exitCode.ok;
}

async function clusterStatus(context: string, access: Access): Promise<EnvironmentStatus['cluster']> {
  const why = await access.tryOpen();
  if (why) return { context, error: why };
  try {
    const cluster = openCluster(context);
    const [apiServers, nodes, unhealthy, certificates] = await Promise.all([
      apiServerVersions(cluster),
      listNodes(cluster),
      unhealthyPods(cluster),
      certificateExpiries(cluster),
    ]);
    return {
      context,
      apiServers,
      nodes: nodes.map((node) => ({
        name: node.metadata?.name ?? '',
        role: isController(node) ? 'controller' : 'worker',
        kubelet: kubeletVersion(node),
        os: node.status?.nodeInfo?.osImage ?? '',
        ready: isReady(node),
        schedulable: !node.spec?.unschedulable,
      })),
      unhealthy: unhealthy.map(({ object, reason }) => ({ object, reason })),
      certificates,
    };
  } catch (error) {
    return { context, error: reasonOf(error) };
  }
}

function print({ environment, application, layers, cluster }: EnvironmentStatus, { print }: CommandContext): void {
  print(
    `${environment}: application.yaml at ${application ?? 'no known release'}, controllers ${layers.controllers ?? 'not deployed'}, workers ${layers.workers ?? 'not deployed'}${layers.surge ? ' (doubled)' : ''}`,
  );
  for (const [id, release] of Object.entries(layers.modules)) {
    const crds = layers.crds[id];
    const by = layers.delivery[id];
    const notes = [crds && crds !== release ? `CRDs ${crds}` : '', by && by !== 'pulumi' ? by : ''].filter(Boolean);
    print(`  module ${id.padEnd(22)} ${release}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`);
  }
  if ('error' in cluster) {
    print(`  cluster ${cluster.context}: ${cluster.error}`);
    return;
  }
  for (const [node, version] of Object.entries(cluster.apiServers))
    print(`  API server on ${node.padEnd(22)} ${version}`);
  for (const { name, role, kubelet, os, ready, schedulable } of cluster.nodes)
    print(
      `  ${role.padEnd(10)} ${name.padEnd(42)} ${kubelet} ${os}${ready ? '' : ' NotReady'}${schedulable ? '' : ' cordoned'}`,
    );
  for (const { object, reason } of cluster.unhealthy) print(`  unhealthy: ${object}: ${reason}`);
  for (const line of certificateLines(cluster.certificates)) print(`  ${line}`);
}

/** The next to expire of each kind, and what is to be looked after. */
function certificateLines(certificates: CertificateExpiry[]): string[] {
  const seen = certificates.filter(({ expires }) => expires).sort((one, other) => one.days! - other.days!);
  const first = (of: CertificateExpiry['of']) => seen.find((each) => each.of === of);
  const next = (['authority', 'API server', 'kubelet'] as const).flatMap((of) => first(of) ?? []);
  return [
    ...(next.length > 0
      ? [`certificates: ${next.map(({ of, expires }) => `${of} until ${expires!.slice(0, 10)}`).join(', ')}`]
      : []),
    ...expiryWarnings(certificates).map((text) => `warning: ${text}`),
    ...certificates.flatMap(({ of, where, error }) =>
      error ? [`certificate of ${of} ${where}: not seen: ${error}`] : [],
    ),
  ];
}
