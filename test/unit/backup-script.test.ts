import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';
import { startAws } from '../../sandbox/aws/index.ts';
import { type EtcdMachine, installedEtcd, secrets, startEtcdMachine } from './backup-fixture.ts';

// Real members of etcd, and dozens of processes for each backup.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const run = promisify(execFile);
const script = join(repositoryRoot, 'modules/addons/cluster-backup.sh');
const bucket = 'demo-backup';
const folder = 'k8s/demo/clusterBackup';
const tools = await installedEtcd();
const hasBusybox = spawnSync('busybox', ['true']).status === 0;
const kubeadmConfig =
  'data:\n  ClusterConfiguration: |\n    kind: ClusterConfiguration\n    kubernetesVersion: v1.21.9\n';

interface Manifest {
  time: string;
  objects: { key: string; size: number; sha256: string }[];
  etcd: { clusterId: string; memberId: string; revision: number };
}

describe.skipIf(!tools)('the script of the backup, with the real etcd', () => {
  let machine: EtcdMachine;
  let aws: Awaited<ReturnType<typeof startAws>>;
  let s3: S3Client;

  beforeAll(async () => {
    aws = await startAws({
      host: { boot: async () => {}, terminate: async () => {} },
      address: '127.0.0.1',
      region: 'eu-central-1',
      directory: '/nonexistent',
      log: () => {},
    });
    s3 = new S3Client({
      endpoint: aws.endpointUrl,
      region: 'eu-central-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    machine = await startEtcdMachine(tools ?? '');
    await machine.etcdctl('put', '/registry/a', 'first');
  }, 60_000);

  afterAll(async () => {
    machine?.stop();
    s3?.destroy();
    await aws?.stop();
  });

  beforeEach(() => {
    for (const name of ['etcdctl', 'etcdutl']) machine.tool(name, `exec ${tools}/${name} "$@"`);
    machine.tool('kubectl', `cat <<'END'\n${kubeadmConfig}END`);
  });

  /** Runs it; returns all it said. */
  async function backUp(more: Record<string, string> = {}, shell = ['sh']): Promise<string> {
    const [command = '', ...args] = [...shell, script];
    const { stdout, stderr } = await run(command, args, {
      env: {
        PATH: [machine.bin, process.env.PATH].join(delimiter),
        ...machine.env,
        CLUSTER: 'demo',
        BUCKET: bucket,
        FOLDER: folder,
        AWS_DEFAULT_REGION: 'eu-central-1',
        AWS_ENDPOINT_URL: aws.endpointUrl,
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
        AWS_MAX_ATTEMPTS: '1',
        ...more,
      },
    });
    return stdout + stderr;
  }
  /** What it said when it failed. */
  const failure = (more?: Record<string, string>) =>
    backUp(more).then(
      (said) => Promise.reject(new Error(`it succeeded: ${said}`)),
      (error: { stderr: string }) => error.stderr,
    );
  const read = async (key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const latest = async (): Promise<Manifest> => JSON.parse((await read(`${folder}/latest.json`)).toString());
  const keys = async () =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = '' }) => Key);

  it('stores snapshot, keys and configuration, and names them in a manifest, with digests', async () => {
    const said = await backUp();
    expect(said).toMatch(/snapshot at revision \d+, restored into a scratch member/);
    expect(said).toMatch(/defragmented etcd on demo-controller-a/);
    const manifest = await latest();
    const { clusterId, memberId } = manifest.etcd;
    expect(manifest).toMatchObject({
      format: 1,
      cluster: 'demo',
      node: 'demo-controller-a',
      kubernetesVersion: 'v1.21.9',
    });
    const members = JSON.parse(await machine.etcdctl('member', 'list', '-w', 'json', '--hex'));
    expect([clusterId, memberId]).toEqual([members.header.cluster_id, members.members[0].ID]);
    const names = ['etcd.db', 'pki/shared-keys', 'kubeadm-config.yaml', 'kubeadm.yaml', 'node.yaml'];
    expect(manifest.objects.map(({ key }) => key)).toEqual(names.map((name) => `${folder}/${manifest.time}/${name}`));
    for (const { key, size, sha256 } of manifest.objects) {
      const content = await read(key);
      expect(content).toHaveLength(size);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    expect((await read(`${folder}/${manifest.time}/kubeadm-config.yaml`)).toString()).toBe(kubeadmConfig);
  });

  it('keeps a snapshot that has the data, and the keys as machines take them from the bucket', async () => {
    await machine.etcdctl('put', '/registry/b', 'second');
    await backUp();
    const { time, etcd } = await latest();
    const file = join(machine.bin, '../copy.db');
    writeFileSync(file, await read(`${folder}/${time}/etcd.db`));
    const { stdout } = await run(join(tools ?? '', 'etcdutl'), ['snapshot', 'status', file, '-w', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ revision: etcd.revision });
    expect(readFileSync(file).includes('second')).toBe(true);
    const lines = (await read(`${folder}/${time}/pki/shared-keys`)).toString().trim().split('\n');
    const found = Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]));
    for (const [name, content] of Object.entries(secrets))
      expect(Buffer.from(found[name] ?? '', 'base64').toString()).toBe(`${content}\n`);
  });

  it('says nothing that is secret', async () => {
    const said = await backUp();
    for (const secret of [...Object.values(secrets), 'a secret kubeconfig', 'PRIVATE KEY'])
      expect(said).not.toContain(secret);
  });

  it.skipIf(!hasBusybox)('runs on busybox ash with busybox’ tools', async () => {
    const applets = join(machine.bin, '../applets');
    mkdirSync(applets, { recursive: true });
    for (const name of 'base64 cat cut date grep head mktemp rm sed sh sha256sum tail tr wc'.split(' '))
      symlinkSync((await run('which', ['busybox'])).stdout.trim(), join(applets, name));
    const before = (await latest()).time;
    await backUp({ PATH: [applets, machine.bin, process.env.PATH].join(delimiter) }, ['busybox', 'ash']);
    expect((await latest()).time > before).toBe(true);
  });

  it('takes a snapshot that can’t be restored for none, and leaves the manifest as it was', async () => {
    const before = await read(`${folder}/latest.json`);
    machine.tool(
      'etcdctl',
      `${tools}/etcdctl "$@" || exit; case "$1 $2" in 'snapshot save') printf X | dd of="$3" bs=1 seek=5000 conv=notrunc 2> /dev/null ;; esac`,
    );
    expect(await failure()).toMatch(/can't be restored: .*expected sha256/);
    expect(await read(`${folder}/latest.json`)).toEqual(before);
  });

  it('stores nothing where a key is missing, and names it', async () => {
    const before = await keys();
    const file = join(machine.root, 'etc/kubernetes/pki/sa.key');
    renameSync(file, `${file}.away`);
    try {
      expect(await failure()).toContain('the key /etc/kubernetes/pki/sa.key is missing on demo-controller-a');
    } finally {
      renameSync(`${file}.away`, file);
    }
    expect(await keys()).toEqual(before);
  });

  it('stores nothing where the API server doesn’t give the configuration', async () => {
    const before = await keys();
    machine.tool('kubectl', 'echo "Unable to connect to the server: refused" >&2; exit 1');
    expect(await failure()).toContain("doesn't give ConfigMap kube-system/kubeadm-config: Unable to connect");
    expect(await keys()).toEqual(before);
  });

  it('stores nothing of another cluster’s machine', async () => {
    expect(await failure({ CLUSTER: 'other' })).toContain("this machine is of cluster 'demo'");
  });

  it('says what S3 said', async () => {
    expect(await failure({ BUCKET: 'nowhere' })).toMatch(
      /cannot write s3:\/\/nowhere\/k8s\/demo\/clusterBackup\/.*NoSuchBucket/,
    );
  });

  it('fails where etcd doesn’t answer, and where it isn’t told what to back up', async () => {
    machine.tool('etcdctl', 'echo "context deadline exceeded" >&2; exit 1');
    expect(await failure()).toContain("doesn't answer as part of a quorum: context deadline exceeded");
    machine.tool('etcdctl', 'exit 0');
    expect(await failure({ FOLDER: '' })).toContain("the variable FOLDER isn't set");
  });

  it('doesn’t defragment while another member isn’t healthy', async () => {
    machine.tool(
      'etcdctl',
      `case " $* " in *' --cluster '*) echo "https://b:2379 is unhealthy: timeout"; exit 1 ;; *' defrag '*) exit 9 ;; esac; exec ${tools}/etcdctl "$@"`,
    );
    expect(await backUp()).toContain('not defragmented, since not every etcd member is healthy: https://b:2379');
  });

  it('waits for a backup that runs elsewhere', async () => {
    const order: string[] = [];
    const other = run('sh', ['-c', 'exec etcdctl lock kubezero-backup sleep 2'], {
      env: { PATH: [tools, process.env.PATH].join(delimiter), ...lockAccess(machine) },
    }).then(() => order.push('other'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    await backUp();
    order.push('backup');
    await other;
    expect(order).toEqual(['other', 'backup']);
  });
});

/** etcdctl's variables for the machine's member. */
function lockAccess({ root, env }: EtcdMachine): Record<string, string> {
  const file = (name: string) => join(root, 'etc/kubernetes/pki/etcd', name);
  return {
    ...env,
    ETCDCTL_CACERT: file('ca.crt'),
    ETCDCTL_CERT: file('healthcheck-client.crt'),
    ETCDCTL_KEY: file('healthcheck-client.key'),
  };
}
