/**
 * Instances have addresses in their VPC; their processes run on this machine, each instance on a loopback address of its
 * own (Linux answers on all of 127/8), so that standard ports don't clash: 10.a.b.c becomes 127.N.b.c, N being the
 * sandbox's number.
 */
export function loopbackOf(privateIp: string, number: number): string {
  const [, , third, fourth] = privateIp.split('.');
  return `127.${number}.${third}.${fourth}`;
}

/** Address of the API servers together, held by the API proxy. */
export function apiAddress(number: number): string {
  return `127.${number}.255.1`;
}

/** Address of the AWS endpoint. */
export function awsAddress(number: number): string {
  return `127.${number}.0.1`;
}

/** Address that stands for a controller's DNS name, of those that one sandbox gives out: the n-th, from 0 on. */
export function nameAddress(number: number, index: number): string {
  return `127.${number}.255.${10 + index}`;
}

export interface Localization {
  /** Loopback address of the instance whose process it is. */
  own: string;
  /** Loopback address that stands for the instance's name: etcd listens there, too, where others look for the name. */
  named?: string;
  /** Loopback address by private address (or host name) of every instance a process may be told to reach. */
  addresses: Map<string, string>;
  /** Directories of the machine and where they are here, the more special one first: `[['/var/lib/etcd', volume], ['/', root]]`. */
  directories: [inside: string, here: string][];
}

/**
 * An argument of a control plane process as it has to be here: addresses mapped to loopback addresses, absolute paths
 * prefixed. What the API server tells clients about itself (`--advertise-address`) stays the machine's own address.
 */
export function localArgument(argument: string, { own, named, addresses, directories }: Localization): string {
  if (argument.startsWith('--advertise-address=')) return argument;
  const [, flag = '', value = argument] = /^(--[\w-]+=)(.*)$/s.exec(argument) ?? [];
  if (value.startsWith('/')) return flag + localPath(value, directories);
  const mapped = value
    // Whole addresses only: 10.0.1.1 isn't part of 10.0.1.10, and 10.0.0.0/16 is no instance.
    .replace(/(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-]|\/\d)/g, (ip) =>
      ip === '0.0.0.0' || ip === '127.0.0.1' ? own : (addresses.get(ip) ?? ip),
    )
    // A name is an address only as the host of a URL: `--name` and the keys of `--initial-cluster` stay names.
    .replace(/(?<=:\/\/)[a-zA-Z][\w.-]*/g, (name) => (name === 'localhost' ? own : (addresses.get(name) ?? name)));
  if (!/^https?:/.test(mapped)) return flag + mapped;
  const urls = mapped.split(',');
  if (named && /^--listen-(client|peer)-urls=$/.test(flag)) urls.push(...urls.map((url) => url.replace(own, named)));
  // https://127.0.0.1:2379,https://10.0.1.10:2379 has become twice the same.
  return flag + [...new Set(urls)].join(',');
}

/** Path on this machine of one inside a simulated machine. */
export function localPath(path: string, directories: Localization['directories']): string {
  for (const [inside, here] of directories) {
    if (inside === '/') return here + path;
    if (path === inside || path.startsWith(`${inside}/`)) return here + path.slice(inside.length);
  }
  return path;
}
