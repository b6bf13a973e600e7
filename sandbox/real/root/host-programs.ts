import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A program of this host that goes into a machine image. */
export interface HostProgram {
  /** Path on the machine. */
  there: string;
  /** Debian package it comes from. */
  package: string;
  /** The machine does without it where this host does. */
  optional?: boolean;
}

/** Not /usr/local: what a user put there isn't of a package. */
const directories = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Path of a program of this host; undefined where there is none. */
export function hostProgram(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  return directories.map((directory) => join(directory, name)).find(existsSync);
}

/** Programs of Alpine's image beside busybox. Its kubelet, kubeadm and so on come from the toolchain. */
export const alpinePrograms: readonly HostProgram[] = [
  { there: '/usr/bin/busybox', package: 'busybox-static' },
  ...['openrc', 'openrc-run', 'openrc-shutdown', 'rc-service', 'rc-update', 'supervise-daemon'].map((name) => ({
    there: `/usr/sbin/${name}`,
    package: 'openrc',
  })),
  { there: '/usr/bin/rc-status', package: 'openrc' },
  { there: '/usr/bin/curl', package: 'curl' },
  { there: '/usr/bin/getent', package: 'libc-bin' },
  { there: '/usr/sbin/ip', package: 'iproute2' },
  { there: '/usr/sbin/tc', package: 'iproute2' },
  { there: '/usr/sbin/xtables-nft-multi', package: 'iptables' },
  { there: '/usr/sbin/mke2fs', package: 'e2fsprogs' },
  { there: '/usr/sbin/e2fsck', package: 'e2fsprogs' },
  { there: '/usr/sbin/conntrack', package: 'conntrack' },
  // kubeadm only warns where these aren't there.
  { there: '/usr/sbin/ethtool', package: 'ethtool', optional: true },
  { there: '/usr/bin/socat', package: 'socat', optional: true },
  { there: '/usr/sbin/blkid', package: 'util-linux' },
  { there: '/usr/bin/nsenter', package: 'util-linux' },
  // Applets of Alpine's busybox that Debian's lacks.
  { there: '/usr/bin/mountpoint', package: 'util-linux' },
  { there: '/usr/bin/flock', package: 'util-linux' },
  { there: '/usr/bin/install', package: 'coreutils' },
];

/** Names that one program answers to. */
export const alpineLinks: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'iptables',
      'iptables-save',
      'iptables-restore',
      'ip6tables',
      'ip6tables-save',
      'ip6tables-restore',
      'ebtables',
    ].map((name) => [`/usr/sbin/${name}`, 'xtables-nft-multi']),
  ),
  ...Object.fromEntries(['ext2', 'ext3', 'ext4'].map((type) => [`/usr/sbin/mkfs.${type}`, 'mke2fs'])),
  '/usr/sbin/fsck.ext4': 'e2fsck',
};

/** Programs of a list that this host lacks. */
export function missingPrograms(programs: readonly HostProgram[]): HostProgram[] {
  return programs.filter(({ there, optional }) => !optional && !hostProgram(basename(there)));
}

/** Copies programs into a root directory. @throws Error naming what this host lacks */
export function copyPrograms(root: string, programs: readonly HostProgram[]): void {
  const [missing] = missingPrograms(programs);
  if (missing) throw new Error(`${basename(missing.there)} isn't installed (Debian package ${missing.package})`);
  for (const { there } of programs) {
    const here = hostProgram(basename(there));
    if (!here) continue;
    const target = join(root, there);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(here), target);
    chmodSync(target, 0o755);
  }
}

/** Directories with the shared libraries of this host, and where the dynamic linker is looked for. */
export function libraries(): { directories: string[]; links: Record<string, string> } {
  const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const links: Record<string, string> = {};
  for (const directory of ['/usr/lib64', '/usr/lib']) {
    for (const name of existsSync(directory) ? readdirSync(directory) : []) {
      if (!/^ld-linux/.test(name)) continue;
      links[join(directory, name)] = readlinkSync(join(directory, name));
    }
  }
  return { directories: [`/usr/lib/${multiarch}`], links };
}
