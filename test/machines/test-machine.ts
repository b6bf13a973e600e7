import type { ExecResult, RealMachine } from '../../sandbox/real/machine.ts';
import type { TestAccount } from './account.ts';
import { waitFor } from './progress.ts';

const etcdctl = [
  'etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt',
  '--key /etc/kubernetes/pki/etcd/healthcheck-client.key --command-timeout 20s',
].join(' ');

export interface Member {
  id: string;
  status: string;
  name: string;
  learner: boolean;
}

/** A machine that was launched, and what tests ask it. */
export class TestMachine {
  constructor(
    private readonly account: TestAccount,
    readonly id: string,
    readonly real: RealMachine,
    private readonly controllerName?: string,
  ) {}

  get nodeName(): string {
    return this.controllerName ?? `ip-${this.real.address.replaceAll('.', '-')}.eu-central-1.compute.internal`;
  }

  get bootId(): string | undefined {
    return this.real.read('/proc/sys/kernel/random/boot_id')?.trim();
  }

  get bootLog(): string {
    return this.real.read('/var/log/kubezero/boot.log') ?? '';
  }

  exec(command: string, input?: string): Promise<ExecResult> {
    return this.real.exec(['sh', '-c', command], { timeoutSeconds: 180, input });
  }

  /** Standard output of a shell command. @throws Error with what it said where it fails */
  async out(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.exec(command, input);
    if (code !== 0) throw new Error(`${this.nodeName}: \`${command}\` ended with ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  kubectl(command: string, input?: string): Promise<string> {
    return this.out(`kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`, input);
  }

  etcdctl(command: string, input?: string): Promise<string> {
    return this.out(`${etcdctl} --endpoints https://${this.real.address}:2379 ${command}`, input);
  }

  /** Until the boot program has passed. */
  async running(): Promise<this> {
    await waitFor(
      `${this.nodeName} (${this.id}) to run`,
      () => this.real.state === 'running',
      () => `${this.real.state}\n${this.bootLog.slice(-3000)}`,
    );
    return this;
  }

  /** Until the boot program says that a step waits for something or has failed; returns what it says. */
  async saying(message: RegExp): Promise<string> {
    return waitFor(
      `${this.nodeName} (${this.id}) to say ${message}`,
      () => message.exec(this.real.state ?? '')?.[0] && this.real.state,
      () => `${this.real.state}\n${this.bootLog.slice(-3000)}`,
    );
  }

  async reboot(): Promise<void> {
    await this.account.machines.reboot(this.id);
  }

  /** Cluster id and member id of its etcd, in hexadecimal. */
  async etcdIds(): Promise<{ cluster: string; member: string }> {
    const status = await this.etcdctl('-w fields endpoint status');
    const id = (field: string) => BigInt(new RegExp(`^"${field}" : (\\d+)$`, 'm').exec(status)?.[1] ?? 0).toString(16);
    return { cluster: id('ClusterID'), member: id('MemberID') };
  }

  async members(): Promise<Member[]> {
    const list = await this.etcdctl('member list');
    return list
      .split('\n')
      .map((line) => line.split(', '))
      .map(([id = '', status = '', name = '', , , learner]) => ({ id, status, name, learner: learner === 'true' }))
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Writes keys below /kept/ into etcd, with values that nothing would make again. */
  async writeKeys(prefix: string, count: number): Promise<void> {
    for (let first = 0; first < count; first += 100) {
      const puts = Array.from({ length: Math.min(100, count - first) }, (_, index) => {
        const value = Math.random().toString(36).slice(2);
        return `put /kept/${prefix}/${first + index} "${value}"`;
      });
      // Comparisons, then what is done where they hold, then what is done otherwise.
      await this.etcdctl('txn', `\n${puts.join('\n')}\n\n\n`);
    }
  }

  /** Everything below /kept/: values with the revisions at which they were made and changed last. */
  async keys(): Promise<Record<string, string>> {
    const { kvs = [] } = JSON.parse(await this.etcdctl('-w json get --prefix /kept/')) as {
      kvs?: { key: string; value: string; create_revision: number; mod_revision: number }[];
    };
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    return Object.fromEntries(
      kvs.map(({ key, value, create_revision, mod_revision }) => [
        text(key),
        `${text(value)} ${create_revision} ${mod_revision}`,
      ]),
    );
  }
}
