import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Release } from '../../../releases/release.ts';
import { pauseImage } from '../images/names.ts';
import { criSocket } from './containerd.ts';

/** Where cri-o and its parts are on this machine. */
export interface CrioParts {
  crio: string;
  conmon: string;
  pinns: string;
}

/** cri-o, where it and its parts are on PATH: then it runs instead of containerd. */
export function findCrio(path = process.env.PATH ?? ''): CrioParts | undefined {
  const find = (name: string) =>
    path
      .split(delimiter)
      .map((directory) => join(directory, name))
      .find(existsSync);
  const [crio, conmon, pinns] = ['crio', 'conmon', 'pinns'].map(find);
  return crio && conmon && pinns ? { crio, conmon, pinns } : undefined;
}

/**
 * What cri-o needs to be told here, in /etc/crio/crio.conf: what the user data writes into crio.conf.d is read after it, and
 * counts.
 */
export function crioToml(release: Release): string {
  return `[crio]
root = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
# The machine's root may be an overlay itself.
storage_driver = "vfs"

[crio.api]
listen = "${criSocket}"

[crio.image]
pause_image = "${pauseImage(release)}"

[crio.runtime]
conmon = "/usr/bin/conmon"
pinns_path = "/usr/bin/pinns"
`;
}

/** Images may come from anywhere: they all come from the sandbox. */
export const containersPolicy = `${JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] })}\n`;

/** Registries whose name decides what is served; of the others only the last part of the name is known, and is enough. */
const known = ['docker.io', 'k8s.gcr.io', 'registry.k8s.io', 'public.ecr.aws'];
/** Top-level domains of the registries that charts name; containers/image knows no mirror for all. */
const domains = ['aws', 'cloud', 'co', 'com', 'dev', 'io', 'net', 'org', 'sh'];

/** Every registry is the sandbox's image server, which gets the registry's name as the first part of the repository's. */
export function registriesConf(service: string): string {
  const { host } = new URL(service);
  const registry = (prefix: string, name: string) => `
[[registry]]
prefix = "${prefix}"
location = "${host}/${name}"
insecure = true
`;
  return `unqualified-search-registries = ["docker.io"]
short-name-mode = "disabled"
${known.map((name) => registry(name, name)).join('')}${domains.map((domain) => registry(`*.${domain}`, `other.${domain}`)).join('')}`;
}
