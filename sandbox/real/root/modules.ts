import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { absentModules } from '../deviations.ts';
import type { RootFile } from './part.ts';

/** Modules by the kernel option that builds them in. */
const options: Record<string, string> = {
  br_netfilter: 'BRIDGE_NETFILTER',
  configs: 'IKCONFIG',
  ext4: 'EXT4_FS',
  fuse: 'FUSE_FS',
  ip_tables: 'IP_NF_IPTABLES',
  ip_vs: 'IP_VS',
  ip_vs_rr: 'IP_VS_RR',
  ip_vs_sh: 'IP_VS_SH',
  ip_vs_wrr: 'IP_VS_WRR',
  iptable_nat: 'IP_NF_NAT',
  loop: 'BLK_DEV_LOOP',
  nf_conntrack: 'NF_CONNTRACK',
  overlay: 'OVERLAY_FS',
  vxlan: 'VXLAN',
};

/** What `modprobe` reads: this kernel's modules that are built in, and those that are taken for granted; none to load. */
export function moduleFiles(): RootFile[] {
  const directory = `/usr/lib/modules/${release()}`;
  const names = [...new Set([...builtIn(), ...absentModules])].sort();
  return [
    { path: `${directory}/modules.builtin`, content: names.map((name) => `kernel/${name}.ko\n`).join('') },
    { path: `${directory}/modules.dep`, content: '' },
  ];
}

function builtIn(): string[] {
  let config: string;
  try {
    config = gunzipSync(readFileSync('/proc/config.gz')).toString();
  } catch {
    // Kernels don't have to say; then only those count that are taken for granted.
    return [];
  }
  return Object.entries(options)
    .filter(([, option]) => config.includes(`CONFIG_${option}=y\n`))
    .map(([name]) => name);
}
