import type { Release } from '../../releases/release.ts';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';

/**
 * The service that runs the boot program at every start of a machine, for the init system of the release's image, and
 * what keeps the image's kubelet from starting before the boot program says so (on OpenRC the script `install` takes it
 * out of its runlevels instead).
 */
export function bootService({ image }: Pick<Release, 'image'>): MachineFile[] {
  if (image.init === 'openrc') return [{ path: '/etc/init.d/kubezero', content: openRcService, permissions: '0755' }];
  return [
    { path: '/etc/systemd/system/kubezero.service', content: systemdUnit },
    { path: '/etc/systemd/system/kubelet.service.d/20-kubezero.conf', content: kubeletCondition },
  ];
}

const openRcService = `#!/sbin/openrc-run
description="Makes this machine a node of its KubeZero cluster"
supervisor=supervise-daemon
command=${paths.scripts}/boot
respawn_delay=2
respawn_max=0

depend() {
  need net
}
`;

const systemdUnit = `[Unit]
Description=Makes this machine a node of its KubeZero cluster
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart=${paths.scripts}/boot
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;

/** After a reboot there is no such file: it is made by the step `kubelet`. */
const kubeletCondition = `[Unit]
ConditionPathExists=${paths.ready}
`;
