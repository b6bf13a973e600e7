import type { Release } from '../../releases/release.ts';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';

/** The runtime that the release's RuntimeClass `crio` names, with the kubelet's cgroup driver and CNI directories. */
export function crioConfiguration(release: Release): MachineFile {
  const { handler } = release.image.runtime;
  const content = `[crio.runtime]
default_runtime = "${handler}"
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"

[crio.runtime.runtimes.${handler}]
runtime_path = "/usr/bin/${handler}"
runtime_type = "oci"
runtime_root = "/run/${handler}"

[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = ["${release.cni.binDir}"]

[crio.metrics]
enable_metrics = false
`;
  return { path: paths.crio, content };
}
