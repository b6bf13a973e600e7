import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ToolPath } from '../../tools.ts';
import { kubeProxyCovers } from '../runtime/covers.ts';
import { type AwsCli, awsLayers } from './aws-cli.ts';
import { iptablesLayer } from './iptables.ts';
import type { ImageKind } from './names.ts';
import type { LayerEntry, LayerPlan } from './tar.ts';

/** An image before it is made. */
export interface ImagePlan {
  layers: LayerPlan[];
  config: { Entrypoint?: string[]; Cmd?: string[]; User?: string; Env: string[] };
}

/** What images are made from. */
export interface ImageSources {
  /** Finds tools; `kube-proxy` and `kubectl` are asked for besides those of the default sandbox. */
  tool: ToolPath;
  /** The program behind stand-ins and pause (runtime/program.ts). */
  program: string;
  /** A statically linked busybox; /bin/busybox unless told. */
  busybox?: string;
  /** The admin image has it; absent: its scripts find no `aws`. */
  aws?: AwsCli;
  /** Arguments that a component is started with behind those of its pod, e.g. how API servers reach webhooks. */
  componentArguments?: Record<string, string[]>;
  /** Directories of the machine that a component's container sees besides those of its pod. */
  componentMounts?: Record<string, ComponentMount[]>;
}

/** A directory or file of the machine's. */
export interface ComponentMount {
  source: string;
  destination: string;
  writable?: boolean;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** As in distroless images: what charts with `runAsNonRoot` and no user of their own need their image to have. */
const nonRoot = '65532';
/** Where all that is ours is in a container; nobody mounts anything over it. */
const ours = '/kubezero-sandbox';
const run = promisify(execFile);

const base: LayerPlan = {
  name: 'base',
  entries: [
    { path: '/etc', directory: true },
    { path: '/etc/passwd', content: `root:x:0:0:root:/root:/bin/sh\nnonroot:x:${nonRoot}:${nonRoot}::/:/bin/false\n` },
    { path: '/etc/group', content: `root:x:0:\nnonroot:x:${nonRoot}:\n` },
    { path: '/tmp', directory: true, mode: 0o1777 },
  ],
};

/** What is in an image. @throws Error when a tool that it is made of isn't there, as the tool's finder says it */
export async function planImage(image: ImageKind, sources: ImageSources): Promise<ImagePlan> {
  const { tool, componentArguments = {}, componentMounts = {} } = sources;
  switch (image.kind) {
    case 'component': {
      const { component, version } = image;
      const layers = [
        base,
        binaries(`${component}-${version}`, { [component]: tool(component, version) }),
        ...addition(component, componentArguments[component] ?? [], componentMounts[component] ?? []),
      ];
      return { layers, config: { Entrypoint: [`/usr/local/bin/${component}`], Env: [path] } };
    }
    case 'etcd': {
      const layer = binaries('etcd', { etcd: tool('etcd'), etcdctl: tool('etcdctl') });
      return { layers: [base, layer], config: { Entrypoint: ['/usr/local/bin/etcd'], Env: [path] } };
    }
    case 'kube-proxy': {
      const proxy = binaries(`kube-proxy-${image.version}`, { 'kube-proxy': tool('kube-proxy', image.version) });
      const mounts = kubeProxyCovers.map(({ path, kept }) => ({ source: kept, destination: path, writable: true }));
      const layers = [base, await iptablesLayer(), proxy, ...addition('kube-proxy', [], mounts)];
      return { layers, config: { Entrypoint: ['/usr/local/bin/kube-proxy'], Env: [path] } };
    }
    case 'pause': {
      const layer = { name: 'pause', entries: [program('/pause', sources)] };
      return { layers: [layer], config: { Entrypoint: ['/pause'], User: '65535:65535', Env: [path] } };
    }
    case 'admin':
      return { layers: await adminLayers(image.version, sources), config: { Cmd: ['sh'], Env: [path] } };
    case 'stand-in': {
      const layer = { name: 'stand-in', entries: [program(`${ours}/stand-in`, sources)] };
      const config = { Entrypoint: [`${ours}/stand-in`, 'serve', '{}'], User: nonRoot, Env: [path] };
      return { layers: [base, layer], config };
    }
  }
}

/** Read by the runtime on the machine when it makes a container of the image. */
function addition(component: string, args: string[], mounts: ComponentMount[]): LayerPlan[] {
  if (args.length + mounts.length === 0) return [];
  const content = JSON.stringify({
    args,
    mounts: mounts.map(({ source, destination, writable }) => ({
      source,
      destination,
      type: 'bind',
      options: ['rbind', writable ? 'rw' : 'ro'],
    })),
  });
  return [{ name: `${component}-additions`, entries: [{ path: `${ours}/container.json`, content }] }];
}

/** What the upgrade's and the backup's scripts call: their commands run for real. */
async function adminLayers(version: string, sources: ImageSources): Promise<LayerPlan[]> {
  const { tool, busybox = '/bin/busybox' } = sources;
  const { stdout } = await run(busybox, ['--list']);
  const applets = stdout.split('\n').filter((name) => name && name !== 'busybox');
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  return [
    base,
    {
      name: 'busybox',
      entries: [
        { path: '/bin/busybox', mode: 0o755, source: busybox },
        ...applets.map((name) => ({ path: `/bin/${name}`, link: '/bin/busybox' })),
        { path: '/root', directory: true, mode: 0o700 },
        { path: '/etc/nsswitch.conf', content: 'hosts: files dns\n' },
        ...(existsSync(certificates) ? [{ path: certificates, source: certificates }] : []),
      ],
    },
    binaries('etcd-clients', { etcdctl: tool('etcdctl'), etcdutl: tool('etcdutl') }),
    binaries(`admin-${version}`, { kubeadm: tool('kubeadm', version), kubectl: tool('kubectl', version) }),
    ...(sources.aws ? await awsLayers(sources.aws) : []),
  ];
}

function binaries(name: string, files: Record<string, string>): LayerPlan {
  const entries = Object.entries(files).map(([file, source]) => ({
    path: `/usr/local/bin/${file}`,
    mode: 0o755,
    source,
  }));
  return { name, entries };
}

function program(at: string, { program: source }: ImageSources): LayerEntry {
  return { path: at, mode: 0o755, source };
}
