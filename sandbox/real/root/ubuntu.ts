import { basePart, copied, type ImageFacts, resolvConf } from './base.ts';
import { type ImagePart, imageFile } from './part.ts';

/**
 * Units of this host's packages that would reach beyond the machine (sysctls, clock, debugfs), wait for hardware that it
 * hasn't, or have no place on such a server.
 */
const masked = [
  ...['systemd-sysctl.service', 'systemd-timesyncd.service', 'systemd-modules-load.service', 'systemd-binfmt.service'],
  ...['systemd-udevd.service', 'systemd-udev-trigger.service', 'systemd-hwdb-update.service', 'systemd-rfkill.service'],
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'sys-kernel-config.mount', 'sys-fs-fuse-connections.mount'],
  ...[
    'proc-sys-fs-binfmt_misc.automount',
    'dev-hugepages.mount',
    'systemd-remount-fs.service',
    'systemd-logind.service',
  ],
  ...['console-getty.service', 'getty.target', 'serial-getty@.service', 'apt-daily.timer', 'apt-daily-upgrade.timer'],
  ...['dpkg-db-backup.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer', 'man-db.timer'],
];

const wants = (unit: string, target: string) => [
  `/etc/systemd/system/${target}.wants/${unit}`,
  `/lib/systemd/system/${unit}`,
];

/** Programs of the host's /usr that an Ubuntu server doesn't have: they would be taken for its init system. */
export const hiddenPrograms = [
  'openrc',
  'openrc-run',
  'openrc-init',
  'openrc-shutdown',
  'rc-service',
  'rc-update',
  'rc-status',
];

/** 1.21's image: the host's userland with systemd, below everything that all images have. */
export function ubuntuPart(facts: ImageFacts): ImagePart {
  const common = basePart();
  const unit = (name: string) => ({ path: `/usr/lib/systemd/system/${name}`, content: imageFile(name) });
  const version = /(\d+\.\d+)/.exec(facts.os)?.[1] ?? '20.04';
  return {
    directories: [...(common.directories ?? []), '/var/log/journal', '/etc/systemd/system'],
    links: {
      ...common.links,
      '/etc/resolv.conf': '/run/systemd/resolve/resolv.conf',
      '/etc/systemd/system/default.target': '/lib/systemd/system/multi-user.target',
      ...Object.fromEntries(masked.map((name) => [`/etc/systemd/system/${name}`, '/dev/null'])),
      ...Object.fromEntries([
        wants('cloud-final.service', 'multi-user.target'),
        wants('kubelet.service', 'multi-user.target'),
        wants('network-online.service', 'network-online.target'),
      ]),
    },
    files: [
      ...(common.files ?? []),
      { path: '/etc/fstab', content: '' },
      { path: '/usr/sbin/modprobe', content: imageFile('modprobe'), mode: 0o755 },
      ...copied('/etc/passwd'),
      ...copied('/etc/group'),
      {
        path: '/etc/os-release',
        content: `NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="${version}"\nPRETTY_NAME="${facts.os}"\n`,
      },
      { path: '/etc/hostname', content: 'ubuntu\n' },
      // systemd-resolved's list of the servers that it was told of; kubelets hand it to pods.
      {
        path: '/etc/tmpfiles.d/resolv.conf',
        content: 'L+ /run/systemd/resolve/resolv.conf - - - - /etc/systemd/resolved-servers\n',
      },
      { path: '/etc/systemd/resolved-servers', content: resolvConf(facts) },
      unit('cloud-final.service'),
      unit('kubelet.service'),
      unit('network-online.service'),
      { path: '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf', content: imageFile('10-kubeadm.conf') },
    ],
    // Half of the commands of Debian's /usr are links to it.
    binds: [{ here: '/etc/alternatives', there: '/etc/alternatives', mode: 'ro' }],
  };
}

/** What the image starts besides its own. */
export function ubuntuServices(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => wants(`${name}.service`, 'multi-user.target')));
}

/** First process of the machine. The variable says that it is no whole computer, so that systemd leaves hardware alone. */
export const ubuntuInit = [
  'container=kubezero',
  '/lib/systemd/systemd',
  '--system',
  '--show-status=1',
  '--log-target=journal-or-kmsg',
  // As Ubuntu 20.04 has them, but for the hybrid hierarchy, which crun refuses.
  'systemd.unified_cgroup_hierarchy=0',
  'systemd.legacy_systemd_cgroup_controller=1',
];
