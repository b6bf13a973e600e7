/** A file of the machine's that lies over one of the kernel's in containers of kube-proxy. */
export interface Cover {
  /** What it covers. */
  path: string;
  /** Where it is on the machine. */
  kept: string;
  content: string;
}

const directory = '/var/lib/kubezero-sandbox/covers';

/** Settings of connection tracking that only the host may change: kube-proxy sets them, and ends where it can't. */
export const kubeProxyCovers: readonly Cover[] = [
  { path: '/proc/sys/net/netfilter/nf_conntrack_max', kept: `${directory}/nf_conntrack_max`, content: '65536\n' },
  {
    path: '/sys/module/nf_conntrack/parameters/hashsize',
    kept: `${directory}/nf_conntrack_hashsize`,
    content: '65536\n',
  },
];
