import type { ScriptMachine } from './machine.ts';

/** The first bytes of write-ahead logs that etcd made, which pad their records each otherwise, and what etcd says of itself. */
export const wals = {
  '3.4.23': {
    head: `04 00 00 00 00 00 00 84 08 04 10 00 00 00 00 00 20 00 00 00 00 00 00 00 08 01 10 97 f7 96 d3 06 1a 16 08 da
      97 b9 a5 89 9e 9e b6 d4 01 10 a6 fb 8a c7 df ac ba b0 aa 01 0e 00 00 00 00 00 00 82 08 05 10 f4 e3 b1 e0 03 1a
      04 08 00 10 00 00 00 7f 00 00 00 00 00 00 81 08 02 10 b6 96 e7 fb 0c 1a 75 08 01 10 01 18 01 22 6d 08 00 10 00
      18 da 97 b9 a5 89 9e 9e b6 d4 01 22 5c 7b 22 69 64 22`,
    cluster: 'aa60e965f8e2bda6',
    member: 'd46c78f094ae4bda',
  },
  '3.4.23, of a small id': {
    head: `04 00 00 00 00 00 00 84 08 04 10 00 00 00 00 00 1f 00 00 00 00 00 00 81 08 01 10 91 d2 91 d4 02 1a 15 08 98
      ac cf 86 a2 bd a6 f1 91 01 10 85 c8 98 df 86 b2 be af 74 00 0e 00 00 00 00 00 00 82 08 05 10 90 d1 80 87 0f 1a
      04 08 00 10 00 00 00 70 00 00 00 00 00 00 00 08 02 10 bb e5 f7 c1 0a 1a 66 08 01 10 01 18 01 22 5e 08 00 10 00
      18 98 ac cf 86 a2 bd a6 f1 91 01 22 4d 7b 22 69 64 22`,
    cluster: '745ef9906be62405',
    member: '91e299ea20d3d618',
  },
  '3.5.21': {
    head: `04 00 00 00 00 00 00 84 08 04 10 00 00 00 00 00 20 00 00 00 00 00 00 00 08 01 10 e9 b2 ec ae 0d 1a 16 08 8e
      81 ca a4 c1 96 a2 fe d0 01 10 c3 d2 ff 86 e3 bd d0 f3 c6 01 0e 00 00 00 00 00 00 82 08 05 10 c9 b2 db f8 04 1a
      04 08 00 10 00 00 00 7f 00 00 00 00 00 00 81 08 02 10 d2 d4 e2 de 0d 1a 75 08 01 10 01 18 01 22 6d 08 00 10 00
      18 8e 81 ca a4 c1 96 a2 fe d0 01 22 5c 7b 22 69 64 22`,
    cluster: 'c6e741ee30dfe943',
    member: 'd0fc88b41492808e',
  },
  '3.5.21, restored from a snapshot': {
    head: `04 00 00 00 00 00 00 84 08 04 10 00 00 00 00 00 1f 00 00 00 00 00 00 81 08 01 10 df b4 ba 9d 04 1a 15 08 80
      9f e6 c1 97 ff a2 d4 58 10 b7 a0 95 f3 d6 ba 93 b1 a2 01 00 0e 00 00 00 00 00 00 82 08 05 10 ee de 8f 93 08 1a
      04 08 00 10 00 00 00 69 00 00 00 00 00 00 87 08 02 10 9d c9 95 d9 0a 1a 5f 08 01 10 01 18 01 22 57 08 00 10 00
      18 80 9f e6 c1 97 ff a2 d4 58 22 47 7b 22 69 64 22 3a`,
    cluster: 'a2624dd56e655037',
    member: '58a88bf978398f80',
  },
} as const;

const log = 'var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal';

/** One that etcd began when another was full: its head is the same, what was written stands in earlier ones. */
export const laterLog = 'var/lib/etcd/member/wal/0000000000000002-00000000000186a0.wal';

/** Puts data of a member onto the machine's volume: what etcd keeps there, as far as the scripts look. */
export function withData(machine: ScriptMachine, data: { head: string } = wals['3.5.21']): void {
  const file = Buffer.alloc(65_536);
  Buffer.from(data.head.replaceAll(/\s/g, ''), 'hex').copy(file);
  machine.write(log, file);
  machine.write('var/lib/etcd/member/snap/db', 'values of keys');
}

/** What etcd leaves that is killed right after it made its log: 37 of 40 attempts to kill it then ended so. */
export function withNothingWritten(machine: ScriptMachine, file = log): void {
  const upToTheThirdRecord = Buffer.from(wals['3.5.21'].head.replaceAll(/\s/g, ''), 'hex').subarray(0, 80);
  machine.write(file, Buffer.concat([upToTheThirdRecord, Buffer.alloc(65_536)]));
  machine.write('var/lib/etcd/member/snap/db', 'values of keys');
}

/** Data that breaks off, or is something else. */
export function withUnreadableData(machine: ScriptMachine, content: string | Buffer): void {
  machine.write(log, content);
}

/** What is on the volume: `member` as it was, what was moved aside, nothing. */
export function dataOf(machine: ScriptMachine): { member: boolean; aside: number } {
  const entries = machine.list('var/lib/etcd');
  const aside = entries.filter((name) => name.startsWith('member.stale-'));
  for (const name of [...aside, ...entries.filter((entry) => entry === 'member')]) {
    if (machine.read(`var/lib/etcd/${name}/snap/db`) !== 'values of keys')
      throw new Error(`/var/lib/etcd/${name} isn't what it was`);
  }
  return { member: entries.includes('member'), aside: aside.length };
}

/** Ids of the cluster whose data {@link withData} puts there, as etcdctl prints them. */
export const running = { cluster: '14332496830407895363', ownId: wals['3.5.21'].member };

const peer = (letter: string) => `https://demo-controller-${letter}.demo.example.com:2380`;

/** A line of `etcdctl member list`. */
export const member = (letter: string, id = `${letter}${letter}${letter}${letter}`, url = peer(letter)) =>
  `${id}, started, demo-controller-${letter}, ${url}, https://10.0.1.1:2379, false`;

/** One that was added, and hasn't started yet. */
export const added = (letter: string, id = `${letter}${letter}${letter}${letter}`) =>
  `${id}, unstarted, , ${peer(letter)}, , true`;

/** Peers as etcd's manifest has them. */
export const cluster = (...letters: string[]) =>
  letters.map((letter) => `demo-controller-${letter}=${peer(letter)}`).join(',');
