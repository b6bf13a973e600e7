import type { Release } from '../../../releases/release.ts';
import type { ImagePart, RootBind } from '../root/part.ts';
import { containerdConfiguration, containerdToml, handlers, registryHosts, registryHostsToml } from './containerd.ts';
import { kubeProxyCovers } from './covers.ts';
import { type CrioParts, containersPolicy, crioToml, registriesConf } from './crio.ts';
import { networkConfiguration, networkPluginSource, networkPlugins, podNetwork } from './network.ts';
import { openrcService, systemdUnit } from './services.ts';

/** What the container runtime of a machine depends on. */
export interface RuntimeMachine {
  release: Release;
  /** Range of its pods' addresses (`podSubnet`). */
  podSubnet: string;
  /** The image server's URL. */
  service: string;
  /** Path of machine-runtime (`machineRuntime`). */
  program: string;
  /** cri-o, where this machine has it; containerd is its stand-in. */
  crio?: CrioParts;
}

/** Where the real crun is: its own place is the program's that corrects what it is given. */
const crun = '/usr/libexec/kubezero-sandbox/crun';

const runtimeService = 'crio';

/** Directories of a machine that may not be on an overlay: layers are unpacked there. */
export const runtimeDataDirectories = ['/var/lib/containerd', '/var/lib/containers'];

/** Debian packages that runtime and images are made from. */
export const runtimePackages = ['containerd', 'crun', 'containernetworking-plugins', 'busybox-static', 'iptables'];

/** What the release's image has for its container runtime; none of it is what user data writes. */
export function runtimePart(machine: RuntimeMachine): ImagePart {
  const { release, program, crio, service } = machine;
  const bind = (there: string, here = there): RootBind => ({ here, there, mode: 'ro' });
  return {
    files: [
      { path: '/etc/kubezero-sandbox/runtime.json', content: `${JSON.stringify({ runtime: crun, service })}\n` },
      { path: networkConfiguration.kept, content: `${JSON.stringify(podNetwork(machine.podSubnet), null, 2)}\n` },
      ...kubeProxyCovers.map(({ kept, content }) => ({ path: kept, content })),
      { path: `/etc/init.d/${runtimeService}`, mode: 0o755, content: openrcService(runtimeCommand(machine)) },
      { path: `/usr/lib/systemd/system/${runtimeService}.service`, content: systemdUnit(runtimeCommand(machine)) },
      ...(crio
        ? [
            { path: '/etc/crio/crio.conf', content: crioToml(release) },
            { path: '/etc/containers/policy.json', content: containersPolicy },
            { path: '/etc/containers/registries.conf', content: registriesConf(service) },
          ]
        : [
            { path: containerdConfiguration, content: containerdToml(release) },
            { path: `${registryHosts}/_default/hosts.toml`, content: registryHostsToml(service) },
          ]),
    ],
    // The user data restarts it by this name, whatever it runs.
    services: [runtimeService],
    directories: [...runtimeDataDirectories, networkConfiguration.directory, release.cni.binDir],
    binds: [
      bind(crun, '/usr/bin/crun'),
      ...handlers.map((handler) => bind(`/usr/bin/${handler}`, program)),
      ...networkPlugins.map((name) => bind(`${release.cni.binDir}/${name}`, `${networkPluginSource}/${name}`)),
      ...(crio
        ? [bind('/usr/bin/crio', crio.crio), bind('/usr/bin/conmon', crio.conmon), bind('/usr/bin/pinns', crio.pinns)]
        : ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => bind(`/usr/bin/${name}`))),
    ],
  };
}

/** What the image's service `crio` runs in the foreground. It may be ended and started at any time: containers live on. */
export function runtimeCommand({ crio }: Pick<RuntimeMachine, 'crio'>): string[] {
  return crio ? ['/usr/bin/crio', '--log-level', 'info'] : ['/usr/bin/containerd', '--config', containerdConfiguration];
}
