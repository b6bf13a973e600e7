import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { privateDomain } from '../dns.ts';
import { moduleFiles } from './modules.ts';
import { type ImagePart, imageFile } from './part.ts';

/** What the machine images of all releases have in common. */
export interface ImageFacts {
  /** `PRETTY_NAME` of the operating system, which nodes show. */
  os: string;
  region: string;
}

/** Files, directories and stand-ins of every image. */
export function basePart(): ImagePart {
  return {
    directories: [
      ...['/etc', '/home', '/mnt', '/opt', '/root', '/srv', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/local/bin'],
      ...['/usr/local/sbin', '/usr/local/lib', '/usr/share', '/var/cache', '/var/lib', '/var/log', '/var/spool'],
      ...['/var/tmp', '/var/empty', '/etc/ssl/certs'],
    ],
    links: {
      '/bin': 'usr/bin',
      '/sbin': 'usr/sbin',
      '/lib': 'usr/lib',
      '/lib64': 'usr/lib64',
      '/var/run': '/run',
      '/var/lock': '/run/lock',
      '/etc/mtab': '/proc/self/mounts',
    },
    files: [
      { path: '/etc/hosts', content: '127.0.0.1 localhost\n' },
      { path: '/etc/nsswitch.conf', content: 'passwd: files\ngroup: files\nhosts: files dns\n' },
      // Another one on each machine: kubelets report it.
      { path: '/etc/machine-id', content: `${randomBytes(16).toString('hex')}\n` },
      ...copied('/etc/protocols'),
      ...copied('/etc/services'),
      ...copied('/etc/ssl/certs/ca-certificates.crt'),
      ...moduleFiles(),
      { path: '/usr/lib/cloud/user-data', content: imageFile('user-data'), mode: 0o755 },
    ],
  };
}

/** `resolv.conf` of a machine in the VPC. */
export function resolvConf({ region }: ImageFacts): string {
  return `search ${privateDomain(region)}\nnameserver 169.254.169.253\n`;
}

/** A file of this host, where it has it. */
export function copied(path: string): { path: string; content: string }[] {
  return existsSync(path) ? [{ path, content: readFileSync(path, 'utf8') }] : [];
}
