import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { exitCode, UserError } from '../errors/index.ts';

/**
 * What machines that really boot need of the system beside the toolchain's own binaries: programs by the Debian package
 * that has them. This is the only list; `.ci/run` installs what is missing of it.
 */
const packages: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd', 'ctr', 'containerd-shim-runc-v2'],
  crun: ['crun'],
  'containernetworking-plugins': ['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `/usr/lib/cni/${name}`),
  'busybox-static': ['busybox'],
  openrc: ['openrc', 'openrc-run', 'rc-service'],
  iproute2: ['ip'],
  iptables: ['iptables', 'iptables-restore'],
  e2fsprogs: ['mkfs.ext4'],
  mount: ['mount', 'umount', 'losetup'],
  'util-linux': ['unshare', 'nsenter', 'blkid'],
  curl: ['curl'],
  // kubeadm refuses a machine without it.
  conntrack: ['conntrack'],
  // The init of 1.21's machines.
  systemd: ['/usr/lib/systemd/systemd', 'systemctl'],
  'libc-bin': ['getent'],
  // The AWS CLI's interpreter, on the machines too.
  'python3-venv': ['/usr/bin/python3'],
};

/** Rights to make namespaces and mounts, and to set up networks; root in an ordinary container has neither. */
const capabilities = { CAP_SYS_ADMIN: 21, CAP_NET_ADMIN: 12 };

export interface System {
  platform: string;
  /** Of the user that runs this; undefined where users have none. */
  uid: number | undefined;
  /** Effective capabilities, hexadecimal as in /proc/self/status. */
  capabilities: string;
  /** Where programs are looked for, besides the system's sbin directories. */
  path: string;
}

export interface MissingFromSystem {
  /** Why machines can't be made here whatever is installed. */
  reasons: string[];
  programs: { program: string; package: string }[];
}

/** What this system lacks for machines that really boot; nothing is installed and nothing tried. */
export async function missingFromSystem(system?: System): Promise<MissingFromSystem> {
  const { platform, uid, capabilities: held, path } = system ?? (await thisSystem());
  if (platform !== 'linux') return { reasons: [`this is ${platform}, and they need Linux`], programs: [] };
  const lacking = Object.entries(capabilities).filter(([, bit]) => !((BigInt(`0x${held || 0}`) >> BigInt(bit)) & 1n));
  const reasons =
    uid !== 0
      ? ["this isn't run as root"]
      : lacking.length > 0
        ? [`root lacks ${lacking.map(([name]) => name).join(' and ')} here, as in a container that isn't privileged`]
        : [];
  // Debian's ordinary users don't have the sbin directories on their PATH.
  const directories = [...path.split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const wanted = Object.entries(packages).flatMap(([name, programs]) =>
    programs.map((program) => ({ program, package: name })),
  );
  const there = await Promise.all(wanted.map(({ program }) => isThere(program, directories)));
  return { reasons, programs: wanted.filter((_wanted, index) => !there[index]) };
}

/** Debian packages that have the missing programs, each once. */
export function packagesOf(missing: MissingFromSystem): string[] {
  return [...new Set(missing.programs.map(({ package: name }) => name))];
}

/** One error with all that is missing; undefined where nothing is. */
export function cannotRunMachines(missing: MissingFromSystem): UserError | undefined {
  const { reasons, programs } = missing;
  if (reasons.length === 0 && programs.length === 0) return undefined;
  const absent = programs.length > 0 ? [`not installed: ${programs.map(({ program }) => program).join(', ')}`] : [];
  const fixes = [
    ...(reasons.length > 0 ? ['Run it as root on Linux (in a container: a privileged one).'] : []),
    ...(programs.length > 0
      ? [
          `\`apt-get install --no-install-recommends ${packagesOf(missing).join(' ')}\` (Debian; elsewhere what has these programs).`,
        ]
      : []),
  ];
  return new UserError(`Machines can't really boot here: ${[...reasons, ...absent].join('; ')}.`, {
    fix: fixes.join(' '),
    state: 'Nothing was changed.',
    exitCode: exitCode.blocked,
  });
}

/** @throws UserError with all that is missing */
export async function requireSystem(): Promise<void> {
  const error = cannotRunMachines(await missingFromSystem());
  if (error) throw error;
}

async function thisSystem(): Promise<System> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return {
    platform: process.platform,
    uid: process.geteuid?.(),
    capabilities: /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0',
    path: process.env.PATH ?? '',
  };
}

async function isThere(program: string, directories: string[]): Promise<boolean> {
  const places = program.startsWith('/') ? [program] : directories.map((directory) => join(directory, program));
  for (const place of places) {
    const executable = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return true;
  }
  return false;
}
