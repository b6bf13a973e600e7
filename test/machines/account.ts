import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnvironment } from '../../environment/environment.ts';
import { controllerProgram, programKey } from '../../infra/node/boot-program.ts';
import type { NodeCluster } from '../../infra/node/cluster.ts';
import { controllerUserData, workerUserData } from '../../infra/node/user-data.ts';
import { releases } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { clusterAccess, keepAccess } from '../../sandbox/access.ts';
import { claimAddresses } from '../../sandbox/addresses-claim.ts';
import { Account, type Volume } from '../../sandbox/aws/account.ts';
import { createBucket, getBucket, putObject } from '../../sandbox/aws/buckets.ts';
import { addressesOf, createHostedZone } from '../../sandbox/aws/dns.ts';
import { imagesOf } from '../../sandbox/aws/images.ts';
import { launchInstance, terminateInstance } from '../../sandbox/aws/instances.ts';
import { createLaunchTemplate } from '../../sandbox/aws/launch-templates.ts';
import { createSubnet, createVpc } from '../../sandbox/aws/network.ts';
import { serveQueryApi } from '../../sandbox/aws/query/server.ts';
import { refusalOf } from '../../sandbox/aws/refusals.ts';
import { createVolume } from '../../sandbox/aws/volumes.ts';
import { sandboxDirectory } from '../../sandbox/directory.ts';
import { FaultStore } from '../../sandbox/faults.ts';
import { KubeClient } from '../../sandbox/kubernetes/client.ts';
import { awsAddress } from '../../sandbox/machines/addresses.ts';
import type { Instance, Surroundings } from '../../sandbox/machines/instance.ts';
import { RealHardware } from '../../sandbox/real/hardware.ts';
import { ensureTools } from '../../toolchain/index.ts';
import { waitFor } from './progress.ts';
import { TestMachine } from './test-machine.ts';

const region = 'eu-central-1';
const name = 'test';
const domain = 'test.example.com';

export interface ControllerLaunch {
  release?: ReleaseId;
  /** Absent: the one that this place has. */
  volumeId?: string;
  /** Zone that it starts in; absent: its place's. */
  zone?: string;
  /** Commands that are run before the user data: an image that isn't as it should be. */
  before?: string;
}

/**
 * A simulated account with machines that really boot, and in it what the layers before the machines make: network, private
 * zone, bucket, volumes. Machines are launched one by one from the project's own user data.
 */
export class TestAccount {
  readonly account: Account;
  readonly faults = new FaultStore();
  readonly hardware: RealHardware;
  readonly bucketName = `${name}-backup`;
  /** etcd volumes by zone letter. */
  readonly volumes: Record<string, Volume> = {};
  private readonly subnets: Record<string, string> = {};
  private readonly closing: (() => unknown)[] = [];
  private readonly hostedZoneId: string;
  private launches = 0;

  private constructor(
    readonly letters: string,
    readonly directory: string,
    readonly surroundings: Surroundings,
  ) {
    this.hardware = new RealHardware(surroundings);
    this.account = new Account({
      host: this.hardware,
      region,
      images: imagesOf(
        Object.values(releases).map(({ image }) => image),
        '111122223333',
      ),
      log: (line) => surroundings.log(`aws: ${line}`),
      refuse: (operation, resource) => {
        const kind = this.faults.awsRefusal(operation, resource);
        return kind && refusalOf(operation, kind);
      },
    });
    const { account } = this;
    const { number } = surroundings;
    const vpc = createVpc(account, `10.${number}.0.0/16`);
    for (const [index, zone] of account.zones.entries())
      this.subnets[zone] = createSubnet(account, { vpcId: vpc.id, cidr: `10.${number}.${index + 1}.0/24`, zone }).id;
    this.hostedZoneId = createHostedZone(account, { name: domain }).id;
    for (const bucket of [this.bucketName, `${name}-oidc`]) createBucket(account, bucket);
    this.putProgram();
    for (const letter of letters) this.volumes[letter] = this.newVolume(letter);
  }

  /** @param letters zones of the controllers, e.g. `abc` */
  static async start(letters = 'a'): Promise<TestAccount> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'kubezero-machines-')));
    const directory = sandboxDirectory(root);
    for (const path of [directory.instances, directory.volumes, directory.logs, directory.pki])
      mkdirSync(path, { recursive: true });
    const { number, proxy } = await claimAddresses();
    const tools = await ensureTools(['sandbox', 'machines']);
    const client = new KubeClient(clusterAccess(directory.pki, number));
    const surroundings = {
      number,
      directory,
      tools: (tool: string, version?: string) => tools.path(tool, version),
      proxy,
      client,
      aws: { endpointUrl: '', region, addressesOf: () => [] },
      instances: new Map<string, Instance>(),
      log: (line: string) => appendFileSync(directory.daemonLog, `${new Date().toISOString()} ${line}\n`),
    } as unknown as Surroundings;
    const started = new TestAccount(letters, root, surroundings);
    const { account, closing, hardware } = started;
    const api = await serveQueryApi(account, awsAddress(number));
    surroundings.aws.endpointUrl = api.endpointUrl;
    surroundings.aws.addressesOf = (host) => addressesOf(account, host);
    closing.push(
      () => client.close(),
      () => api.stop(),
      () => account.stop(),
      () => proxy.close(),
      keepAccess(directory.pki, (path) => hardware.read(path)),
    );
    // Where the test runner is ended, its workers go on: nothing may be left on this host.
    const runnerEnded = () => void started.stop().finally(() => process.exit(1));
    process.once('disconnect', runnerEnded);
    closing.push(() => process.off('disconnect', runnerEnded));
    try {
      await hardware.start();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  get machines() {
    return this.hardware.machines;
  }

  /** Keys of the bucket, with what they hold. */
  get objects(): Map<string, string> {
    return new Map([...getBucket(this.account, this.bucketName).objects].map(([key, { body }]) => [key, String(body)]));
  }

  /** The scripts of controllers' boot program, as the controllers layer puts them there. */
  putProgram(): void {
    const { content, digest } = controllerProgram();
    putObject(getBucket(this.account, this.bucketName), programKey(name, digest), Buffer.from(content));
  }

  newVolume(letter: string, tags: Record<string, string> = { 'kubezero/cluster': name }): Volume {
    return createVolume(this.account, { zone: region + letter, size: 1, tags });
  }

  /** The machine of a place, as its Auto Scaling group would start it. */
  launchController(letter: string, launch: ControllerLaunch = {}): Promise<TestMachine> {
    const { release = '1.22', zone = region + letter, before } = launch;
    const nodeName = `${name}-controller-${letter}`;
    const etcdVolumeId = launch.volumeId ?? this.volumes[letter]?.id ?? '';
    const place = { zone: region + letter, nodeName, etcdVolumeId };
    const userData = controllerUserData(this.cluster(release), place);
    return this.launch({ release, zone, role: 'controller', userData: preceded(userData, before), nodeName });
  }

  launchWorker(release: ReleaseId = '1.22', { before }: Pick<ControllerLaunch, 'before'> = {}): Promise<TestMachine> {
    const cluster = this.cluster(release);
    const [group] = cluster.environment.workers;
    if (!group) throw new Error('no worker group');
    const userData = preceded(workerUserData(cluster, group), before);
    return this.launch({ release, zone: `${region}a`, role: 'worker', userData });
  }

  /** A machine with user data of the caller's. */
  async launch(spec: {
    release: ReleaseId;
    zone: string;
    role: string;
    userData: string;
    nodeName?: string;
  }): Promise<TestMachine> {
    const { account } = this;
    const imageName = releases[spec.release]!.image.name.replace(/\*$/, '');
    const image = [...account.images.values()].find((candidate) => candidate.name.startsWith(imageName));
    const template = createLaunchTemplate(account, {
      name: `machine-${++this.launches}`,
      data: {
        ImageId: image?.id ?? '',
        InstanceType: 'm5.large',
        UserData: Buffer.from(spec.userData).toString('base64'),
      },
    });
    const instance = launchInstance(account, {
      template: { id: template.id, version: 1 },
      subnetId: this.subnets[spec.zone] ?? '',
      tags: { 'kubezero/cluster': name, 'kubezero/role': spec.role },
      onBootFailure: (_, error) => this.surroundings.log(`${spec.role} didn't boot: ${error.message}`),
    });
    const running = () => this.machines.all.get(instance.id)?.running;
    await waitFor(`${instance.id} to be powered on`, running, () => this.machines.all.get(instance.id)?.console());
    return new TestMachine(this, instance.id, this.machines.getMachine(instance.id), spec.nodeName);
  }

  /** Ends instances and resolves once they are terminated, as another one of theirs would be started. */
  async terminate(...machines: TestMachine[]): Promise<void> {
    await Promise.all(
      machines.map(
        ({ id }) => new Promise<void>((resolve) => void terminateInstance(this.account, id, () => resolve())),
      ),
    );
  }

  /** Keeps what tells why a test failed, where KUBEZERO_KEEP_LOGS says where to. */
  async keepLogs(): Promise<void> {
    const to = process.env.KUBEZERO_KEEP_LOGS;
    if (!to) return;
    mkdirSync(to, { recursive: true });
    cpSync(join(this.directory, 'daemon.log'), join(to, 'daemon.log'));
    for (const [id, machine] of this.machines.all) {
      for (const path of ['var/log', 'etc/kubernetes/manifests', 'etc/kubezero'])
        if (existsSync(join(machine.root, path)))
          cpSync(join(machine.root, path), join(to, id, path), { recursive: true, verbatimSymlinks: true });
      writeFileSync(join(to, id, 'console.log'), machine.console());
    }
  }

  async stop(): Promise<void> {
    await this.keepLogs().catch((error) => console.warn(error));
    await this.hardware.stop();
    await Promise.allSettled(this.closing.map(async (close) => close()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private cluster(release: ReleaseId): NodeCluster {
    const text = `region: ${region}
zones: [${[...this.letters].map((letter) => region + letter)}]
domain: ${domain}
network: { cidr: 10.${this.surroundings.number}.0.0/16 }
controllers: { instanceType: m5.large, etcdVolumeSize: 1 }
workers: [{ name: general, instanceType: m5.large, desired: 1 }]
`;
    const environment = { ...parseEnvironment(name, text, 'environment.yaml'), directory: this.directory };
    const network = {
      environment: name,
      region,
      accountId: '111122223333',
      vpcId: '',
      cidr: environment.network.cidr,
      publicSubnetIds: {},
      privateSubnetIds: this.subnets,
      controllerSecurityGroupId: '',
      workerSecurityGroupId: '',
      hostedZoneId: this.hostedZoneId,
      apiEndpoint: `kube-api.${domain}:6443`,
      backupBucket: this.bucketName,
      kmsKeyArn: '',
      oidcIssuer: `https://s3.${region}.amazonaws.com/${name}-oidc/k8s/${name}`,
      oidcProviderArn: '',
      roleArns: {},
    };
    return { environment, network, release: releases[release]! };
  }
}

function preceded(userData: string, commands: string | undefined): string {
  return commands ? userData.replace('\nset -eu\n', `\nset -eu\n${commands}\n`) : userData;
}
