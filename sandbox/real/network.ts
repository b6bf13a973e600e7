import { run } from '../processes.ts';
import { hostLink, linkAddresses, machineLink, prefixOf, routingTable, vpcName } from './names.ts';

/** Ports of the host's address on the link that the VPC's own services are served at. */
export interface ServicePorts {
  metadata: number;
  dns: number;
}

/**
 * The network of real machines: a namespace that stands for the VPC has a bridge with a link to every machine, routes
 * between its subnets, and hands what is sent to the metadata service and the resolver to this host, on which the sandbox
 * answers. Each sandbox has its own, so that two can have the same addresses.
 */
export class MachineNetwork {
  /** Where the sandbox serves its machines; who connects to a machine from elsewhere than the main routing table uses it as its local address. */
  readonly hostAddress: string;
  private readonly vpc: string;
  private readonly resolvers = new Set<string>();

  constructor(
    readonly number: number,
    private ports: ServicePorts,
    private log: (line: string) => void,
  ) {
    this.hostAddress = linkAddresses(number).host;
    this.vpc = vpcName(number);
  }

  async start(): Promise<void> {
    const { number, vpc } = this;
    const link = hostLink(number);
    const { host, router } = linkAddresses(number);
    const table = String(routingTable(number));
    await ip('netns', 'add', vpc);
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'host', 'netns', vpc);
    await ip('addr', 'add', `${host}/30`, 'dev', link);
    await ip('link', 'set', link, 'up');
    // Loose: the way back to a machine may be in this sandbox's table only.
    await run('sysctl', ['-qw', `net.ipv4.conf.${link}.rp_filter=2`]);
    await ip('-n', vpc, 'addr', 'add', `${router}/30`, 'dev', 'host');
    await ip('-n', vpc, 'link', 'set', 'host', 'up');
    await ip('-n', vpc, 'link', 'set', 'lo', 'up');
    await ip('-n', vpc, 'route', 'add', 'default', 'via', host);
    await ip('-n', vpc, 'link', 'add', 'machines', 'type', 'bridge');
    await ip('-n', vpc, 'link', 'set', 'machines', 'up');
    await this.inVpc('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    await ip('route', 'add', 'default', 'via', router, 'dev', link, 'table', table);
    await ip('rule', 'add', 'from', host, 'lookup', table);
    await this.serve('169.254.169.254', 'tcp', 80, this.ports.metadata);
    await this.serveDns('169.254.169.253');
  }

  /** Connects a machine's new namespace: its private address, the subnet's gateway (.1), the VPC's resolver (.2). */
  async connect(namespace: string, instanceId: string, privateIp: string): Promise<void> {
    const { vpc } = this;
    const link = machineLink(instanceId);
    const [a, b, c] = privateIp.split('.');
    const gateway = `${a}.${b}.${c}.1`;
    // The kernel takes the link of a namespace that was deleted away a moment later.
    await ip('-n', vpc, 'link', 'del', link).catch(ignore);
    await ip('netns', 'add', namespace);
    await ip('-n', vpc, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('-n', vpc, 'link', 'set', link, 'master', 'machines', 'up');
    await ip('-n', vpc, 'addr', 'replace', `${gateway}/24`, 'dev', 'machines');
    await this.serveDns(`${a}.${b}.0.2`);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    await ip('-n', namespace, 'addr', 'add', `${privateIp}/24`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'route', 'add', 'default', 'via', gateway);
    await this.reachFromHost(privateIp);
  }

  /** Takes a machine's namespace away, and with it its end of every link. */
  async disconnect(namespace: string, privateIp: string): Promise<void> {
    await ip('netns', 'del', namespace).catch(ignore);
    await ip('route', 'del', `${privateIp}/32`, 'dev', hostLink(this.number)).catch(ignore);
  }

  /** Sends packets for a range of pods to the machine that has it, as a route of the VPC does. */
  async route(range: string, privateIp: string): Promise<void> {
    await ip('-n', this.vpc, 'route', 'replace', range, 'via', privateIp);
  }

  async stop(): Promise<void> {
    await removeNetwork(this.number);
  }

  /** For clients that choose no local address. An address of another sandbox, or of a network that this host is in, is left alone. */
  private async reachFromHost(privateIp: string): Promise<void> {
    const { host, router } = linkAddresses(this.number);
    const { stdout } = await run('ip', ['route', 'get', privateIp]).catch(() => ({ stdout: '' }));
    if (stdout && !stdout.includes(' via ')) {
      this.log(`${privateIp} is already reached otherwise: only reachable from ${host}`);
      return;
    }
    await ip('route', 'add', `${privateIp}/32`, 'via', router, 'dev', hostLink(this.number), 'src', host).catch(
      (error) => this.log(`${privateIp} is only reachable from ${host}: ${(error as Error).message}`),
    );
  }

  private async serveDns(address: string): Promise<void> {
    if (this.resolvers.has(address)) return;
    this.resolvers.add(address);
    await this.serve(address, 'udp', 53, this.ports.dns);
    await this.serve(address, 'tcp', 53, this.ports.dns);
  }

  /** What arrives in the VPC for that address and port comes to this host, with who sent it. */
  private async serve(address: string, protocol: string, port: number, to: number): Promise<void> {
    await ip('-n', this.vpc, 'addr', 'replace', `${address}/32`, 'dev', 'lo');
    const rule = ['-d', `${address}/32`, '-p', protocol, '--dport', String(port)];
    const target = ['-j', 'DNAT', '--to-destination', `${this.hostAddress}:${to}`];
    await this.inVpc('iptables', '-w', '-t', 'nat', '-A', 'PREROUTING', ...rule, ...target);
  }

  private async inVpc(...command: string[]): Promise<void> {
    await run('ip', ['netns', 'exec', this.vpc, ...command]);
  }
}

/** Takes away what a sandbox of that number has of networks, also one that was killed; returns what it was. */
export async function removeNetwork(number: number): Promise<string[]> {
  const { stdout } = await run('ip', ['netns', 'list']);
  const namespaces = stdout
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(prefixOf(number)));
  for (const name of namespaces) await ip('netns', 'del', name).catch(ignore);
  await ip('link', 'del', hostLink(number)).catch(ignore);
  const table = String(routingTable(number));
  while (
    await ip('rule', 'del', 'lookup', table).then(
      () => true,
      () => false,
    )
  );
  await ip('route', 'flush', 'table', table).catch(ignore);
  return namespaces;
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}

function ignore(): void {}
