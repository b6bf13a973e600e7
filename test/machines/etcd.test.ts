import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestAccount } from './account.ts';
import { onMachines } from './on-machines.ts';
import { waitFor } from './progress.ts';
import type { Member, TestMachine } from './test-machine.ts';

const letters = ['a', 'b', 'c'] as const;
type Letter = (typeof letters)[number];

onMachines('three members of etcd on real machines', () => {
  let account: TestAccount;
  const controllers = {} as Record<Letter, TestMachine>;
  let ids: Record<Letter, { cluster: string; member: string }>;
  let keys: Record<string, string>;

  beforeAll(async () => {
    account = await TestAccount.start('abc');
    await launch(...letters);
  });

  afterAll(() => account?.stop());

  /** Starts machines of places at the same time, and waits for them. */
  const launch = async (...places: Letter[]) => {
    await Promise.all(
      places.map(async (letter) => {
        controllers[letter] = await account.launchController(letter);
      }),
    );
    await running();
  };
  const running = () => Promise.all(letters.map((letter) => controllers[letter].running()));
  const allIds = async () =>
    Object.fromEntries(
      await Promise.all(letters.map(async (letter) => [letter, await controllers[letter].etcdIds()] as const)),
    ) as typeof ids;
  /** Members as they are once all of them are started. */
  const members = () =>
    waitFor<Member[] | undefined>('three started members', async () => {
      const found = await controllers.b.members();
      return found.length === 3 && found.every(({ status }) => status === 'started') ? found : undefined;
    });
  /** One cluster of three members with a vote, each of which has everything that was ever written. */
  const whole = async (expected: Partial<typeof ids> = ids) => {
    const now = await allIds();
    expect(now).toMatchObject(expected);
    expect(await members()).toEqual(
      letters.map((letter) => ({
        id: now[letter].member,
        status: 'started',
        name: `test-controller-${letter}`,
        learner: false,
      })),
    );
    for (const letter of letters) {
      const { nodeName } = controllers[letter];
      expect(await controllers[letter].keys()).toEqual(keys);
      expect(account.objects.get(`k8s/test/etcd/members/${nodeName}`)?.trim()).toBe(
        `${now[letter].cluster} ${now[letter].member} ${account.volumes[letter]?.id}`,
      );
    }
    // So that what comes next has something new to lose.
    const number = Object.keys(keys).length;
    await controllers.a.writeKeys(`${number}`, 50);
    keys = await controllers.a.keys();
    expect(Object.keys(keys)).toHaveLength(number + 50);
  };

  it('are one cluster, whoever was first', async () => {
    await controllers.a.writeKeys('first', 300);
    keys = await controllers.a.keys();
    ids = await allIds();
    expect(new Set(letters.map((letter) => ids[letter].cluster)).size).toBe(1);
    expect(new Set(letters.map((letter) => ids[letter].member)).size).toBe(3);
    expect(account.objects.get('k8s/test/etcd/founded')?.trim()).toBe(`test-controller-a ${account.volumes.a?.id}`);
    const nodes = await controllers.a.kubectl('get nodes -o name');
    expect(nodes.split('\n').sort()).toEqual(letters.map((letter) => `node/test-controller-${letter}`));
    await whole();
  });

  it.each(letters)('come back when controller %s reboots', async (letter) => {
    const { bootId } = controllers[letter];
    await controllers[letter].reboot();
    await running();
    expect(controllers[letter].bootId).not.toBe(bootId);
    await whole();
  });

  it('come back when all reboot at once', async () => {
    await Promise.all(letters.map((letter) => controllers[letter].reboot()));
    await running();
    await whole();
  });

  it('take a machine that is replaced back as the member that it was', async () => {
    await account.terminate(controllers.c);
    await launch('c');
    await whole();
  });

  it('come back when all machines are replaced at once', async () => {
    await account.terminate(...letters.map((letter) => controllers[letter]));
    await launch(...letters);
    await whole();
  });

  it('replace a member whose volume is lost, through a learner; the others stay', async () => {
    await account.terminate(controllers.b);
    account.volumes.b = account.newVolume('b');
    await launch('b');
    expect(controllers.b.bootLog).toMatch(/member [0-9a-f]+ has lost its data: removing it/);
    expect(controllers.b.bootLog).toMatch(/etcd member [0-9a-f]+ has a vote/);
    const { a, c } = ids;
    const before = ids.b;
    await whole({ a, c });
    ids = await allIds();
    expect(ids.b.cluster).toBe(before.cluster);
    expect(ids.b.member).not.toBe(before.member);
    expect((await members()).some(({ id }) => id === before.member)).toBe(false);
  });
});
