import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayerPlan } from './tar.ts';
import { filesBelow, resolvedFiles, sharedLibraries, treeEntries } from './trees.ts';

const commands = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];
/** Of Debian's package; the program itself looks for its extensions there. */
const program = '/usr/sbin/xtables-nft-multi';
/** With it kube-proxy forgets connections to UDP ports that are no more; it goes on without. */
const conntrack = '/usr/sbin/conntrack';

/** What kube-proxy calls: this machine's iptables (nf_tables), with all it is made of. */
export async function iptablesLayer(): Promise<LayerPlan> {
  const [xtables] = (await sharedLibraries([program])).filter((path) => path.includes('libxtables'));
  if (!xtables) throw new Error(`${program} isn't linked with libxtables: its extensions aren't found`);
  const extensions = join(dirname(await realpath(xtables)), 'xtables');
  const programs = [program, conntrack].filter((path) => existsSync(path));
  const libraries = await sharedLibraries([...programs, ...(await filesBelow(extensions))]);
  return {
    name: 'iptables',
    entries: [
      ...(await resolvedFiles([...programs, ...libraries])),
      ...(await treeEntries([extensions])),
      { path: '/run', directory: true },
      ...commands.map((name) => ({ path: `/usr/sbin/${name}`, link: program })),
    ],
  };
}
