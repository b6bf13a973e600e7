import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cannotRunMachines, missingFromSystem, packagesOf } from '../../../toolchain/index.ts';
import { temporaryMachine, writeTool } from './fixture.ts';

const everything = '000001ffffffffff';
/** What Docker gives root unless told otherwise. */
const container = '00000000a80425fb';
const linux = { platform: 'linux', uid: 0, capabilities: everything, path: '' };

test('finds programs on PATH and where root has them, and names the package of each that is missing', async () => {
  await using machine = await temporaryMachine();
  const before = await missingFromSystem({ ...linux, path: machine.bin });
  await writeTool(join(machine.bin, 'crun'), '1.8.1');
  await writeTool(join(machine.bin, 'ctr'), '1.6.20');
  const after = await missingFromSystem({ ...linux, path: `${machine.bin}:/nowhere` });
  expect(after.programs).toEqual(before.programs.filter(({ program }) => program !== 'crun' && program !== 'ctr'));
  expect(before.programs).toContainEqual({ program: 'crun', package: 'crun' });
  expect(packagesOf(after)).not.toContain('crun');
});

test('says in one message what is missing, with the line that installs it', () => {
  const programs = [
    { program: 'containerd', package: 'containerd' },
    { program: 'ctr', package: 'containerd' },
    { program: 'rc-service', package: 'openrc' },
  ];
  expect(cannotRunMachines({ reasons: [], programs })).toMatchObject({
    name: 'UserError',
    exitCode: 4,
    message: "Machines can't really boot here: not installed: containerd, ctr, rc-service.",
    fix: '`apt-get install --no-install-recommends containerd openrc` (Debian; elsewhere what has these programs).',
  });
  const both = cannotRunMachines({ reasons: ["this isn't run as root"], programs: programs.slice(0, 1) });
  expect(both?.message).toBe("Machines can't really boot here: this isn't run as root; not installed: containerd.");
  expect(both?.fix).toContain('Run it as root on Linux');
  expect(cannotRunMachines({ reasons: [], programs: [] })).toBeUndefined();
});

test('needs Linux, root, and rights that root has only outside of ordinary containers', async () => {
  const reasons = async (system: object) => (await missingFromSystem({ ...linux, ...system })).reasons;
  expect(await reasons({})).toEqual([]);
  expect(await reasons({ uid: 1000, capabilities: '0' })).toEqual(["this isn't run as root"]);
  expect(await reasons({ capabilities: container })).toEqual([
    "root lacks CAP_SYS_ADMIN and CAP_NET_ADMIN here, as in a container that isn't privileged",
  ]);
  expect(await missingFromSystem({ ...linux, platform: 'darwin', uid: 501 })).toEqual({
    reasons: ['this is darwin, and they need Linux'],
    programs: [],
  });
});
