import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { cannotRunMachines, missingFromSystem } from '../../toolchain/index.ts';
import { hierarchies } from './cgroups.ts';
import { alpinePrograms, missingPrograms } from './root/host-programs.ts';

/** Hierarchies that a container runtime and a kubelet have to have. */
const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'pids'];
/** What statfs(2) calls an overlay. */
const overlay = 0x794c7630;

/** What this host needs besides what the toolchain's list has. */
const programs = [
  ...alpinePrograms,
  { there: '/usr/lib/systemd/systemd', package: 'systemd' },
  { there: '/usr/bin/systemctl', package: 'systemd' },
];

/**
 * Why this host can't have real machines, one line each; none where it can. Nothing is installed, and nothing tried but to
 * look.
 *
 * @param directory  where the machines would be
 */
export async function missingForMachines(directory = tmpdir()): Promise<string[]> {
  const error = cannotRunMachines(await missingFromSystem());
  if (error) return [[error.message, error.fix].filter(Boolean).join('; ')];
  const missing = missingPrograms(programs).filter(({ there }) => !existsSync(there));
  const names = hierarchies().flatMap((path) => basename(path).split(','));
  const lacking = controllers.filter((name) => !names.includes(name));
  const problems: [boolean, string][] = [
    [
      missing.length > 0,
      `not installed: ${missing.map(({ there }) => basename(there)).join(', ')} (apt-get install ${[...new Set(missing.map(({ package: name }) => name))].join(' ')})`,
    ],
    [
      lacking.length > 0,
      `no cgroups of version 1 for ${lacking.join(', ')}: machines have only been seen working with them (start this host with systemd.unified_cgroup_hierarchy=0)`,
    ],
    [!existsSync('/dev/loop-control'), 'no loop devices (/dev/loop-control), which volumes are made of'],
    [!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n'), 'no overlay file system in this kernel'],
    [
      statfsSync(directory).type === overlay,
      `${directory} is on an overlay, which can't be below another one: mount a volume there`,
    ],
  ];
  return problems.filter(([is]) => is).map(([, text]) => text);
}
