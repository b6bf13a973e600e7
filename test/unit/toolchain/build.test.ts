import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildTool } from '../../../toolchain/build.ts';
import { tools } from '../../../toolchain/tools.ts';
import { temporaryMachine } from './fixture.ts';

const etcd = tools.find(({ name }) => name === 'etcd') as (typeof tools)[number];

/** A `go` that notes how it was called and then does what the script says. */
async function fakeGo(bin: string, script: string): Promise<void> {
  const note = `echo "$GOFLAGS|$CGO_ENABLED|$GOPROXY|$(basename "$PWD")|$*" >> "$0.log"`;
  const path = join(bin, 'go');
  await writeFile(
    path,
    `#!/bin/sh\nif [ "$1" = version ]; then echo "go version go1.26.1 linux/amd64"; exit; fi\n${note}\n${script}\n`,
  );
  await chmod(path, 0o755);
}

test('builds each binary stripped, from the pinned modules, whatever flags the user has set for Go', async () => {
  await using machine = await temporaryMachine();
  const directory = join(machine.root, 'out');
  await mkdir(directory);
  await fakeGo(
    machine.bin,
    'ls go.mod go.sum > /dev/null && echo "go: downloading go.uber.org/zap v1.17.0" >&2 && echo go.uber.org/zap >&2',
  );
  const details: string[] = [];
  await buildTool(etcd, directory, {
    env: { ...machine.env, GOFLAGS: '-mod=vendor', GOPROXY: 'https://proxy.example' },
    onDetail: (detail) => details.push(detail),
  });
  const calls = (await readFile(join(machine.bin, 'go.log'), 'utf8')).trim().split('\n');
  const flags = 'build -v -mod=readonly -trimpath -buildvcs=false -ldflags -s -w -o';
  expect(calls).toEqual(
    ['server', 'etcdctl', 'etcdutl'].map((name) => {
      const binary = name === 'server' ? 'etcd' : name;
      return `-trimpath|0|https://proxy.example|work|${flags} ${directory}/${binary} go.etcd.io/etcd/${name}/v3`;
    }),
  );
  expect(details.slice(0, 3)).toEqual([
    'etcd: compiling',
    'etcd: downloading go.uber.org/zap',
    'etcd: 1 packages, go.uber.org/zap',
  ]);
  expect(await readdir(directory)).toEqual([]);
});

test('says what the compiler said', async () => {
  await using machine = await temporaryMachine();
  const directory = join(machine.root, 'out');
  await mkdir(directory);
  // Packages that were under way go on after it.
  const others = 'for each in $(seq 20); do echo "go.uber.org/zap/n$each" >&2; done';
  await fakeGo(machine.bin, `echo "zap.go:1:1: no space left on device" >&2; ${others}; exit 1`);
  const attempt = buildTool(etcd, directory, { env: machine.env, onDetail: () => {} });
  await expect(attempt).rejects.toThrow(
    '`go build go.etcd.io/etcd/server/v3` failed:\n    zap.go:1:1: no space left on device',
  );
  expect(await readdir(directory)).toEqual([]);
});

test('says how the compiler ended where it said nothing', async () => {
  await using machine = await temporaryMachine();
  await fakeGo(machine.bin, 'echo go.uber.org/zap >&2; exit 2');
  const attempt = buildTool(etcd, machine.root, { env: machine.env, onDetail: () => {} });
  await expect(attempt).rejects.toThrow('`go build go.etcd.io/etcd/server/v3` failed:\n    exit code 2');
});

test('says which Go is needed where there is none, or one from before 1.21', async () => {
  await using machine = await temporaryMachine();
  const build = () => buildTool(etcd, machine.root, { env: { ...machine.env, PATH: machine.bin }, onDetail: () => {} });
  await expect(build()).rejects.toThrow("Go isn't installed (no `go` on PATH; 1.25 or newer is needed)");
  await writeFile(join(machine.bin, 'go'), '#!/bin/sh\necho go version go1.19.8 linux/amd64\n');
  await chmod(join(machine.bin, 'go'), 0o755);
  await expect(build()).rejects.toThrow('Go is too old (go1.19; 1.25 or newer is needed)');
});
