import type { Release } from '../../../releases/release.ts';
import { pauseImage } from '../images/names.ts';
import { networkConfiguration } from './network.ts';

/** Names that releases give their runtime; both lead to crun. */
export const handlers = ['runc', 'crun'] as const;

/** Where the user data expects cri-o to listen. */
export const criSocket = '/var/run/crio/crio.sock';
export const containerdConfiguration = '/etc/containerd/config.toml';
export const registryHosts = '/etc/containerd/certs.d';

/** containerd's config.toml on a machine of a release, in cri-o's place. */
export function containerdToml(release: Release): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const runtimes = handlers.map(
    (handler) => `
[${cri}.containerd.runtimes.${handler}]
runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.${handler}.options]
BinaryName = "/usr/bin/${handler}"
`,
  );
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]

[grpc]
address = "${criSocket}"

[${cri}]
sandbox_image = "${pauseImage(release)}"
# There is no privilege to lower a score, no hierarchy for huge pages, no AppArmor.
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true
disable_hugetlb_controller = true
disable_apparmor = true

[${cri}.containerd]
default_runtime_name = "${release.image.runtime.handler}"
# Each machine has its own store: unpacked is enough.
discard_unpacked_layers = true
${runtimes.join('')}
[${cri}.cni]
bin_dir = "${release.cni.binDir}"
conf_dir = "${networkConfiguration.directory}"

[${cri}.registry]
config_path = "${registryHosts}"
`;
}

/** Every registry is the sandbox's image server. */
export function registryHostsToml(service: string): string {
  return `server = "${service}"

[host."${service}"]
capabilities = ["pull", "resolve"]
`;
}
