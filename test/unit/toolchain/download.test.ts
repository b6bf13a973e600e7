import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { create } from 'tar';
import { expect, test } from 'vitest';
import { digestInFile, downloadRelease } from '../../../toolchain/download.ts';
import { ensureTools } from '../../../toolchain/index.ts';
import type { ReleaseFile } from '../../../toolchain/tool.ts';
import { buildGarden, gardenTool, temporaryMachine, toolScript } from './fixture.ts';

/** A release host on this machine: answers what the map has, counts what it was asked. */
async function releaseHost(files: Record<string, Buffer | string>) {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const body = files[path];
    if (body === undefined) response.writeHead(404);
    response.end(body);
  };
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function gardenArchive(root: string): Promise<Buffer> {
  const folder = join(root, 'garden-v1.2.3');
  await mkdir(folder);
  for (const name of ['spade', 'rake', 'README']) await writeFile(join(folder, name), toolScript('1.2.3'));
  await create({ gzip: true, file: join(root, 'garden.tar.gz'), cwd: root }, ['garden-v1.2.3']);
  return readFile(join(root, 'garden.tar.gz'));
}

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

const archiveRelease = (url: string): ReleaseFile[] => [
  {
    url: `${url}/garden.tar.gz`,
    checksum: { file: `${url}/SHA256SUMS` },
    contents: { members: { spade: 'garden-v1.2.3/spade', rake: 'garden-v1.2.3/rake' } },
  },
];

const noBuild = () => Promise.reject(new Error('not to be built'));

test('installs the release when its checksum is the published one', async () => {
  await using machine = await temporaryMachine();
  const archive = await gardenArchive(machine.root);
  const sums = `${sha256('other')}  other.tar.gz\n${sha256(archive)} *garden.tar.gz\n`;
  await using host = await releaseHost({ '/garden.tar.gz': archive, '/SHA256SUMS': sums });
  const tools = await ensureTools(['engine'], {
    tools: [gardenTool({ release: archiveRelease(host.url) })],
    env: machine.env,
    build: noBuild,
  });
  expect((await readdir(join(tools.path('spade'), '..'))).sort()).toEqual(['rake', 'spade']);
});

test('refuses a release with another checksum and builds instead, with nothing of it left', async () => {
  await using machine = await temporaryMachine();
  const archive = await gardenArchive(machine.root);
  const sums = `${sha256('the real one')}  garden.tar.gz\n`;
  await using host = await releaseHost({ '/garden.tar.gz': archive, '/SHA256SUMS': sums });
  const tool = gardenTool({ release: archiveRelease(host.url) });
  const attempt = ensureTools(['engine'], { tools: [tool], env: machine.env, build: noBuild });
  await expect(attempt).rejects.toThrow(
    `official release: no; ${host.url}/garden.tar.gz has the SHA-256 ${sha256(archive)}, but ` +
      `${sha256('the real one')} was published for it: refused`,
  );
  const built = await ensureTools(['engine'], { tools: [tool], env: machine.env, build: buildGarden });
  expect((await readdir(join(built.path('spade'), '..'))).sort()).toEqual(['rake', 'spade']);
});

test('does not even fetch a file that no checksum is published for', async () => {
  await using machine = await temporaryMachine();
  await using host = await releaseHost({
    '/garden.tar.gz': 'something',
    '/SHA256SUMS': `${sha256('')}  other.tar.gz\n`,
  });
  const tool = gardenTool({ release: archiveRelease(host.url) });
  const attempt = ensureTools(['engine'], { tools: [tool], env: machine.env, build: noBuild });
  await expect(attempt).rejects.toThrow(`no SHA-256 is published for garden.tar.gz (${host.url}/SHA256SUMS)`);
  expect(host.asked).toEqual(['/SHA256SUMS']);
});

test('takes single binaries, with a checksum file of their own or the digest GitHub gives', async () => {
  await using machine = await temporaryMachine();
  const binary = toolScript('1.2.3');
  const assets = [
    { name: 'rake', digest: `sha256:${sha256(binary)}` },
    { name: 'old', digest: null },
  ];
  await using host = await releaseHost({
    '/spade': binary,
    '/spade.sha256': sha256(binary),
    '/rake': binary,
    '/release': JSON.stringify({ assets }),
  });
  const file = (name: string, checksum: ReleaseFile['checksum']): ReleaseFile => ({
    url: `${host.url}/${name}`,
    checksum,
    contents: { binary: name },
  });
  const release = [
    file('spade', { file: `${host.url}/spade.sha256` }),
    file('rake', { githubRelease: `${host.url}/release` }),
  ];
  await ensureTools(['engine'], { tools: [gardenTool({ release })], env: machine.env, build: noBuild });
  const context = { unreachable: new Map(), onDetail: () => {} };
  await expect(
    downloadRelease([file('old', { githubRelease: `${host.url}/release` })], machine.root, context),
  ).rejects.toThrow('no SHA-256 is published for old');
});

test('builds where the release host cannot be reached, and asks it once in a run', async () => {
  await using machine = await temporaryMachine();
  const host = await releaseHost({});
  await host[Symbol.asyncDispose]();
  const details: string[] = [];
  const tools = await ensureTools(['engine'], {
    tools: ['garden', 'meadow'].map((name) => gardenTool({ name, release: archiveRelease(host.url) })),
    env: machine.env,
    build: buildGarden,
    onProgress: ({ tool, phase }) => details.push(`${tool.name} ${phase}`),
  });
  expect(tools.binaries).toHaveLength(4);
  expect(details).toContain('meadow installed');

  const unreachable = new Map<string, string>();
  const attempt = () => downloadRelease(archiveRelease(host.url), machine.root, { unreachable, onDetail: () => {} });
  await expect(attempt()).rejects.toThrow(/^127\.0\.0\.1:\d+ can't be reached \(connect ECONNREFUSED/);
  const [[name = '', why = ''] = []] = [...unreachable];
  expect(why).toContain(`${name} can't be reached`);
  unreachable.set(name, 'as remembered');
  await expect(attempt()).rejects.toThrow('as remembered');
});

test('gives up quickly on a host that accepts connections and says nothing', async () => {
  await using machine = await temporaryMachine();
  const sockets: { destroy(): void }[] = [];
  const silent = createTcpServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const startedAt = Date.now();
  const attempt = downloadRelease(archiveRelease(`https://127.0.0.1:${port}`), machine.root, {
    unreachable: new Map(),
    onDetail: () => {},
    connectTimeout: 300,
  });
  await expect(attempt).rejects.toThrow(`127.0.0.1:${port} can't be reached (Connect Timeout Error`);
  expect(Date.now() - startedAt).toBeLessThan(5000);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('reads the forms in which checksums are published', () => {
  const digest = 'A'.repeat(64);
  expect(digestInFile(`${digest}\n`, 'kubeadm')).toBe(digest.toLowerCase());
  expect(digestInFile(`${digest}  kubeadm\n`, 'kubeadm')).toBe(digest.toLowerCase());
  expect(digestInFile(`${digest} *./dist/kubeadm\n`, 'kubeadm')).toBe(digest.toLowerCase());
  expect(digestInFile(`${digest}  kubelet\n`, 'kubeadm')).toBeUndefined();
  expect(digestInFile('<html>not found</html>', 'kubeadm')).toBeUndefined();
});
