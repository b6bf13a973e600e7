import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { basePart, type ImageFacts, resolvConf } from './base.ts';
import { alpineLinks, alpinePrograms, copyPrograms, hostProgram, libraries } from './host-programs.ts';
import { type ImagePart, imageFile } from './part.ts';

const accounts = [
  'root:x:0:0:root:/root:/bin/ash',
  'daemon:x:2:2:daemon:/sbin:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/:/sbin/nologin',
];
const groups = [
  'root:x:0:',
  'daemon:x:2:',
  'tty:x:5:',
  'disk:x:6:',
  'uucp:x:14:',
  'kvm:x:34:',
  'nogroup:x:65533:',
  'nobody:x:65534:',
];

/** Where a 1.22 kubelet is told to find them. */
const credentialProviders = '/usr/libexec/kubernetes/kubelet-plugins/credential-provider';

/** Runlevels as Alpine's image has them; services that the caller adds start with the last. */
const runlevels = { sysinit: ['cgroups'], boot: ['hostname', 'networking'], default: ['tiny-cloud', 'kubelet'] };

/** 1.22's image: busybox and OpenRC, below everything that all images have. */
export function alpinePart(facts: ImageFacts): ImagePart {
  const common = basePart();
  const { directories, links } = libraries();
  const busybox = hostProgram('busybox');
  if (!busybox) throw new Error("busybox isn't installed (Debian package busybox-static)");
  const version = /v?(\d+\.\d+)/.exec(facts.os)?.[1] ?? '3.15';
  const program = (path: string, name: string) => ({ path, content: imageFile(name), mode: 0o755 });
  return {
    directories: [
      ...(common.directories ?? []),
      '/etc/insserv.conf.d',
      '/etc/insserv/overrides',
      '/var/log/kubelet',
      ...Object.keys(runlevels).map((name) => `/etc/runlevels/${name}`),
    ],
    links: {
      ...common.links,
      ...appletLinks(busybox),
      ...alpineLinks,
      ...links,
      ...Object.fromEntries(
        Object.entries(runlevels).flatMap(([level, names]) =>
          names.map((name) => [`/etc/runlevels/${level}/${name}`, `/etc/init.d/${name}`]),
        ),
      ),
    },
    files: [
      ...(common.files ?? []),
      { path: '/etc/passwd', content: `${accounts.join('\n')}\n` },
      { path: '/etc/group', content: `${groups.join('\n')}\n` },
      {
        path: '/etc/os-release',
        content: `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${version}.0\nPRETTY_NAME="${facts.os}"\n`,
      },
      { path: '/etc/alpine-release', content: `${version}.0\n` },
      { path: '/etc/hostname', content: 'alpine\n' },
      { path: '/etc/resolv.conf', content: resolvConf(facts) },
      { path: '/etc/inittab', content: imageFile('inittab') },
      { path: '/etc/rc.conf', content: 'rc_logger="YES"\nrc_log_path="/var/log/rc.log"\nrc_tty_number=0\n' },
      // OpenRC would mount another /proc over this one, since busybox's shell runs its own applets without starting them.
      { path: '/etc/fstab', content: 'proc /proc proc remount,nosuid,nodev,noexec 0 0\n' },
      // Debian's build wants to read it.
      { path: '/etc/insserv.conf', content: '' },
      program(`${credentialProviders}/amazon-ecr-credential-helper`, 'ecr-credential-helper'),
      program('/etc/init.d/cgroups', 'cgroups'),
      program('/etc/init.d/hostname', 'hostname.openrc'),
      program('/etc/init.d/networking', 'networking'),
      program('/etc/init.d/tiny-cloud', 'tiny-cloud'),
      program('/etc/init.d/kubelet', 'kubelet.openrc'),
      { path: '/etc/conf.d/kubelet', content: imageFile('kubelet.conf') },
    ],
    binds: [
      ...directories.map((path) => ({ here: path, there: path, mode: 'ro' as const })),
      { here: '/usr/lib/rc', there: '/usr/lib/rc', mode: 'ro' },
    ],
  };
}

/** Copies what is no text. */
export function copyAlpinePrograms(root: string): void {
  copyPrograms(root, alpinePrograms);
}

/** What the image starts besides its own, in the last runlevel. */
export function alpineServices(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`/etc/runlevels/default/${name}`, `/etc/init.d/${name}`]));
}

/** First process of the machine. */
export const alpineInit = ['/sbin/init'];

/** One link for each applet, but for those that stand for programs of another system or come from elsewhere. */
function appletLinks(busybox: string): Record<string, string> {
  const foreign = new Set([
    'busybox',
    'dpkg',
    'dpkg-deb',
    'rpm',
    'rpm2cpio',
    'start-stop-daemon',
    'ubirename',
    'ip',
    'tc',
    'nsenter',
    'mke2fs',
  ]);
  const paths = execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).trim().split('\n');
  return Object.fromEntries(
    paths
      .map((path) => join('/', path).replace(/^\/(s?bin)\//, '/usr/$1/'))
      .filter((path) => !foreign.has(path.split('/').at(-1) ?? ''))
      .map((path) => [path, '/usr/bin/busybox']),
  );
}
