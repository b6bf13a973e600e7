import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../releases/index.ts';
import { type Blob, LayerStore } from '../../sandbox/real/images/layers.ts';
import { imageOf, pauseImage } from '../../sandbox/real/images/names.ts';
import { type ImageServer, imageName, startImageServer } from '../../sandbox/real/images/server.ts';
import { tarHeader } from '../../sandbox/real/images/tar.ts';

let room: string;
beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'kubezero-images-'));
});
afterAll(() => rmSync(room, { recursive: true, force: true }));

describe('which image a name is', () => {
  const of = (name: string) => imageOf(imageName(null, ...(name.split(':') as [string, string])));

  it('Kubernetes’ own are made of the toolchain’s binaries, at the versions it has', () => {
    expect(of('k8s.gcr.io/kube-apiserver:v1.22.8')).toEqual({
      kind: 'component',
      component: 'kube-apiserver',
      version: '1.22.8',
    });
    expect(of('k8s.gcr.io/kube-proxy:v1.21.9')).toEqual({ kind: 'kube-proxy', version: '1.21.9' });
    expect(of('k8s.gcr.io/kube-apiserver:v1.23.0')).toBeUndefined();
    expect(of('k8s.gcr.io/etcd:3.4.3-0')).toBeUndefined();
  });

  it('etcd is there under the tags of the releases, pause under those of their runtimes', () => {
    const tags = Object.values(releases).flatMap(({ etcdImageTag }) => etcdImageTag ?? []);
    for (const tag of [...tags, '3.4.13-0', '3.5.0-0']) expect(of(`k8s.gcr.io/etcd:${tag}`)).toEqual({ kind: 'etcd' });
    for (const release of Object.values(releases)) expect(of(pauseImage(release))).toEqual({ kind: 'pause' });
  });

  it('the admin image is known by its name in any registry', () => {
    const admin = { kind: 'admin', version: '1.22.8' };
    expect(of('public.ecr.aws/zero-downtime/kubezero-admin:v1.22.8')).toEqual(admin);
    expect(of('registry.example.com/kubezero-admin:v1.22.8')).toEqual(admin);
    expect(of('public.ecr.aws/zero-downtime/kubezero-admin:v1.20.1')).toBeUndefined();
  });

  it('the rest are stand-ins, but for what no registry has', () => {
    expect(of('k8s.gcr.io/coredns/coredns:v1.8.4')).toEqual({ kind: 'stand-in' });
    expect(of('library/redis:6')).toEqual({ kind: 'stand-in' });
    expect(of('library/auto:latest')).toBeUndefined();
    expect(imageOf({ registry: 'quay.io', repository: 'cilium/cilium', reference: 'sha256:00' })).toBeUndefined();
  });

  it('the registry is the mirrored one, else what looks like a host', () => {
    expect(imageName('quay.io', 'a/b', '1')).toEqual({ registry: 'quay.io', repository: 'a/b', reference: '1' });
    expect(imageName(null, 'quay.io/a/b', '1').registry).toBe('quay.io');
    expect(imageName(null, 'a/b', '1')).toEqual({ registry: 'docker.io', repository: 'a/b', reference: '1' });
  });
});

describe('layers', () => {
  const long = `/${'long/'.repeat(30)}name`;

  it('are archives that belong to root, the same for the same contents', async () => {
    writeFileSync(join(room, 'source'), 'binary');
    const entries = [
      { path: '/etc/empty', directory: true as const },
      { path: long, content: 'text', mode: 0o600 },
      { path: '/bin/tool', source: join(room, 'source'), mode: 0o755 },
      { path: '/bin/link', link: '/bin/tool' },
    ];
    const [one, two] = [new LayerStore(join(room, 'one')), new LayerStore(join(room, 'two'))];
    const blob = await one.layer('layer', entries);
    expect(await two.layer('layer', entries)).toEqual(blob);
    expect(statSync(one.file(blob.digest)).size).toBe(blob.size);
    const seen: Record<string, unknown>[] = [];
    await list({
      file: one.file(blob.digest),
      onReadEntry: ({ path, type, mode, size, uid, linkpath }) => seen.push({ path, type, mode, size, uid, linkpath }),
    });
    expect(seen.map(({ path, type, mode, size }) => [path, type, mode, size])).toEqual([
      ['etc/empty/', 'Directory', 0o755, 0],
      [long.slice(1), 'File', 0o600, 4],
      ['bin/tool', 'File', 0o755, 6],
      ['bin/link', 'SymbolicLink', 0o777, 0],
    ]);
    expect(seen.at(-1)?.linkpath).toBe('/bin/tool');
    expect(new Set(seen.map(({ uid }) => uid))).toEqual(new Set([0]));
  });

  it('are made once, and anew when what they are made of changes; the old one goes a day later', async () => {
    const directory = join(room, 'again');
    const source = join(room, 'changing');
    const make = (content: string) => {
      if (content) writeFileSync(source, content);
      return new LayerStore(directory).layer('a/b', [{ path: '/x', source }]);
    };
    const file = ({ digest }: Blob) => new LayerStore(directory).file(digest);
    const first = await make('first');
    const { ino } = statSync(file(first));
    expect(await make('')).toMatchObject(first);
    expect(statSync(file(first)).ino).toBe(ino);
    const second = await make('the second');
    expect(second.digest).not.toBe(first.digest);
    expect(existsSync(file(first))).toBe(true);
    const before = new Date(Date.now() - 25 * 3600_000);
    for (const each of [first, second]) utimesSync(file(each), before, before);
    const third = await make('another one');
    expect(readdirSync(directory).sort()).toEqual(['a_b.json', third.digest.replace(':', '-')].sort());
  });

  it('a source that isn’t there is named, and leaves nothing', async () => {
    const directory = join(room, 'failing');
    const store = new LayerStore(directory);
    const source = join(room, 'nowhere');
    await expect(store.layer('x', [{ path: '/x', source }])).rejects.toThrow(source);
    writeFileSync(source, 'now');
    await expect(store.layer('x', [{ path: '/x', source }])).resolves.toMatchObject({ size: 2048 });
  });

  it('a header is a block with its own checksum', () => {
    const header = tarHeader({ path: '/a', content: '' }, 0);
    expect(header.length).toBe(512);
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    expect(Number.parseInt(header.toString('ascii', 148, 154), 8)).toBe(sum);
  });
});

describe('the image server', () => {
  let server: ImageServer;
  const lines: string[] = [];
  let down = false;
  beforeAll(async () => {
    const program = join(room, 'program');
    writeFileSync(program, 'the program');
    server = await startImageServer({
      host: '127.0.0.1',
      directory: join(room, 'served'),
      sources: {
        program,
        tool: (name) => {
          throw new Error(`no ${name} here`);
        },
      },
      pod: async (namespace, name) => {
        if (down) throw new Error('the API is away');
        if (name !== 'web') return undefined;
        return { metadata: { name, namespace, uid: 'u1' }, spec: { containers: [{ name: 'c' }] } };
      },
      log: (line) => lines.push(line),
    });
  });
  afterAll(() => server.close());
  const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

  it('answers any name with an image of its own, whose blobs are what the manifest says', async () => {
    expect((await get('/v2/')).status).toBe(200);
    const manifests = await Promise.all(
      ['anything', 'library/redis'].map(async (name) => {
        const response = await get(`/v2/${name}/manifests/1?ns=docker.io`);
        expect(response.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
        const digest = response.headers.get('docker-content-digest');
        expect((await get(`/v2/${name}/manifests/${digest}`)).status).toBe(200);
        return (await response.json()) as { config: { digest: string }; layers: { digest: string; size: number }[] };
      }),
    );
    const [one, two] = manifests;
    expect(one?.config.digest).not.toBe(two?.config.digest);
    expect(one?.layers).toEqual(two?.layers);
    for (const { digest, size } of one?.layers ?? []) {
      const blob = Buffer.from(await (await get(`/v2/anything/blobs/${digest}`)).arrayBuffer());
      expect(blob.length).toBe(size);
    }
    const config: unknown = await (await get(`/v2/anything/blobs/${one?.config.digest}`)).json();
    expect((config as { config: object }).config).toMatchObject({
      User: '65532',
      Labels: { 'sandbox.kubezero.dev/image': 'docker.io/anything:1' },
    });
  });

  it('HEAD says the same without the document', async () => {
    const response = await get('/v2/anything/manifests/1?ns=docker.io', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it('says what there isn’t, and what can’t be made', async () => {
    const answer = async (path: string) => {
      const response = await get(path);
      return [response.status, ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code];
    };
    expect(await answer('/v2/library/auto/manifests/latest?ns=docker.io')).toEqual([404, 'MANIFEST_UNKNOWN']);
    expect(await answer(`/v2/a/blobs/sha256:${'0'.repeat(64)}`)).toEqual([404, 'BLOB_UNKNOWN']);
    expect(await answer('/v2/etcd/manifests/3.5.0-0?ns=k8s.gcr.io')).toEqual([500, 'UNKNOWN']);
    expect(lines.at(-1)).toMatch('no etcd here');
    expect((await get('/v2/a/manifests/1', { method: 'PUT' })).status).toBe(405);
  });

  it('tells how a container behaves, of that pod and no other of its name', async () => {
    expect(await (await get('/containers/default/web/c?uid=u1')).json()).toEqual({ root: true, tcp: [], udp: [] });
    expect((await get('/containers/default/web/c?uid=u2')).status).toBe(404);
    expect((await get('/containers/default/other/c')).status).toBe(404);
  });

  it('tells it again while the cluster doesn’t answer', async () => {
    down = true;
    expect((await get('/containers/default/web/c?uid=u1')).status).toBe(200);
    expect((await get('/containers/default/other/c')).status).toBe(500);
    down = false;
  });
});
