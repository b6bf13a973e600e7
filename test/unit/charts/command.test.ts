import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../../automation/cli/cli.ts';
import { readLock, writeLock } from '../../../charts/index.ts';
import { releases } from '../../../releases/index.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { writeStandInCharts } from '../../../sandbox/charts/index.ts';
import { chartRoom, writeArchive, writeChart } from './fixture.ts';

const room = chartRoom();

const charts = (...args: string[]) => kubezero('charts', ...args);

/** Runs a command on a copy of the demo environment. */
async function kubezero(...args: string[]) {
  cpSync(join(repositoryRoot, 'stacks/demo'), join(room.stacks, 'demo'), { recursive: true });
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const around = { cwd: room.stacks, env: room.env, stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await run([...args, '--stacks', room.stacks], around, new AbortController().signal);
  return { code, ...written };
}

/** Line of the table about a chart. */
const line = (text: string, chart: string, version: string) =>
  text.split('\n').find((row) => row.startsWith(`${chart} `) && row.includes(` ${version} `));

describe('kubezero charts list', () => {
  it('has every chart of both releases, with the repository it is pinned from', async () => {
    const { code, stdout } = await charts('list', '--json');
    expect(code).toBe(0);
    const listed = JSON.parse(stdout).charts as { chart: string; version: string; releases: string[] }[];
    const pins = Object.values(releases).flatMap(({ charts: all }) => Object.values(all));
    expect(new Set(listed.map(({ chart, version }) => `${chart} ${version}`))).toEqual(
      new Set(pins.map(({ chart, version }) => `${chart} ${version}`)),
    );
    expect(listed.find(({ chart }) => chart === 'kiali-server')).toMatchObject({
      releases: ['1.21', '1.22'],
      repository: 'https://kiali.org/helm-charts',
      lock: 'missing',
    });
  });

  it('of an environment has only what its application.yaml switches on, at its release and the next', async () => {
    const { stdout } = await charts('list', 'demo');
    expect(line(stdout, 'istio-discovery', '1.11.5')).toContain('1.21');
    expect(line(stdout, 'istiod', '1.13.3')).toContain('1.22');
    expect(stdout).not.toContain('rabbitmq');
    expect((await charts('list', 'demo', '--release', '1.22')).stdout).not.toContain('istio-discovery');
  });

  it('says of each where it comes from and how it stands to the lock', async () => {
    await writeStandInCharts(join(room.given, 'stand-ins'), { size: 'small' });
    writeChart(join(room.given, 'mine/istiod'), 'istiod', '1.13.3');
    writeArchive(join(room.cache, 'gateway-1.13.3.tgz'), 'gateway', '1.13.3');
    const { sha256, files } = { sha256: 'a'.repeat(64), files: 'b'.repeat(64) };
    writeLock(join(room.stacks, 'charts.lock.yaml'), {
      'gateway-1.13.3': { repository: 'x', sha256, files },
      'istiod-1.13.3': { repository: 'x', sha256, files },
    });
    const { stdout } = await charts('list', 'demo', '--charts', room.given);
    expect(line(stdout, 'istiod', '1.13.3')).toMatch(/given\/mine\/istiod +files:[0-9a-f]{12} +differs, overridden/);
    expect(line(stdout, 'gateway', '1.13.3')).toMatch(/ cache +[0-9a-f]{12} +differs/);
    expect(line(stdout, 'cilium', '1.11.3')).toMatch(/ stand-in +- +https:/);
  });
});

describe('kubezero charts verify', () => {
  it('ends with an exit code of its own where a chart is missing, a stand-in or another one', async () => {
    await writeStandInCharts(join(room.given, 'stand-ins'), { size: 'small' });
    const { code, stdout } = await charts('verify', 'demo', '--charts', room.given);
    expect(code).toBe(6);
    expect(stdout).toMatch(/^OFF istiod 1\.13\.3: a stand-in, /m);
  });

  it('is content with charts as they were locked', async () => {
    for (const { chart, version } of Object.values(releases['1.22'].charts))
      writeChart(join(room.given, `${chart}-${version}`), chart, version);
    const listed = JSON.parse((await charts('list', '--release', '1.22', '--charts', room.given, '--json')).stdout);
    const lock = Object.fromEntries(
      (listed.charts as { chart: string; version: string; digest: string }[]).map(({ chart, version, digest }) => [
        `${chart}-${version}`,
        { repository: 'x', sha256: 'a'.repeat(64), files: digest.replace('files:', '') },
      ]),
    );
    writeLock(join(room.stacks, 'charts.lock.yaml'), lock);
    const { code, stdout } = await charts('verify', '--release', '1.22', '--charts', room.given);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {2}istiod 1\.13\.3: from /m);
    expect(stdout).toMatch(/\d+ charts, all as locked/);
  });
});

describe('kubezero charts pull', () => {
  it('says of each chart why it can’t be had, and ends with exit code 4', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    const { code, stdout } = await charts('pull', 'demo', '--release', '1.21');
    vi.unstubAllEnvs();
    expect(code).toBe(4);
    expect(stdout).toMatch(/^failed: cilium 1\.10\.5: .* can't be reached/m);
    expect(stdout).toMatch(
      /^not in a repository: base 1\.11\.5, istio-discovery 1\.11\.5, istio-ingress 1\.11\.5; put them/m,
    );
    expect(stdout).toMatch(/^0 pulled, 0 were there already, \d+ failed$/m);
    expect(existsSync(join(room.stacks, 'charts.lock.yaml'))).toBe(false);
  });
});

it('without its charts an environment isn’t brought up: that is said before anything is touched', async () => {
  const { code, stderr } = await kubezero('up', 'demo');
  expect(code).toBe(3);
  expect(stderr).toMatch(/^error: \d+ Helm charts are nowhere to be found: cilium 1\.10\.5, /);
  expect(stderr).toContain('kubezero charts pull demo');
});

it('a directory that isn’t there is an error', async () => {
  const { code, stderr } = await charts('list', '--charts', join(room.given, 'missing'));
  expect(code).toBe(3);
  expect(stderr).toContain('A directory of charts that was given is not there.');
  expect(readLock(join(room.stacks, 'charts.lock.yaml'))).toEqual({});
  expect(readFileSync(join(room.stacks, 'demo/environment.yaml'), 'utf8')).not.toBe('');
});
