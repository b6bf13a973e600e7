import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileDigest, readLock, writeLock } from '../../../charts/index.ts';
import { pullCharts } from '../../../charts/pull.ts';
import { examineChart } from '../../../charts/verify.ts';
import { chartRoom, writeArchive, writeChart } from './fixture.ts';
import { helmRepository } from './helm-repository.ts';

const room = chartRoom();
const repository = helmRepository(room);
const lockFile = () => join(room.stacks, 'charts.lock.yaml');
const pin = (chart: string, version: string) => ({ chart, version, repository: repository.url });
const istiod = () => pin('istiod', '1.13.3');
const pull = (...pins: ReturnType<typeof pin>[]) => pullCharts(pins, { charts: room.charts(), lockFile: lockFile() });
const cached = () => readdirSync(room.cache).filter((name) => !name.startsWith('.unpacked'));

describe('pulling a chart', () => {
  it('puts its archive into the cache and its digests into the lock', async () => {
    repository.publish('istiod', '1.13.3', { content: 'kind: Deployment\n' });
    const [pulled] = await pull(istiod());
    const archive = join(room.cache, 'istiod-1.13.3.tgz');
    expect(pulled).toMatchObject({ outcome: 'pulled', sha256: fileDigest(archive), trusted: true });
    expect(readLock(lockFile())).toEqual({
      'istiod-1.13.3': {
        repository: repository.url,
        sha256: fileDigest(archive),
        files: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(readFileSync(lockFile(), 'utf8')).toMatch(/^# Charts as they were first pulled/);
    expect(readFileSync(join(room.charts().find(istiod()), 'templates/object.yaml'), 'utf8')).toBe(
      'kind: Deployment\n',
    );
    expect(cached()).toEqual(['istiod-1.13.3.tgz']);
  });

  it('again fetches nothing', async () => {
    repository.publish('istiod', '1.13.3');
    await pull(istiod());
    repository.requests.length = 0;
    expect(await pull(istiod())).toMatchObject([{ outcome: 'present' }]);
    expect(repository.requests).toEqual([]);
  });

  it('asks each repository for its index once, and reads absolute addresses too', async () => {
    repository.publish('istiod', '1.13.3');
    repository.publish('base', '1.13.3', { absolute: true });
    expect(await pull(istiod(), pin('base', '1.13.3'), istiod())).toMatchObject([
      { chart: 'istiod', outcome: 'pulled' },
      { chart: 'base', outcome: 'pulled' },
    ]);
    expect(repository.requests.filter((path) => path === '/index.yaml')).toHaveLength(1);
  });

  it('finds a version written with a leading v', async () => {
    repository.publish('cert-manager', 'v1.8.0');
    expect(await pull(pin('cert-manager', '1.8.0'))).toMatchObject([{ outcome: 'pulled' }]);
    expect(room.charts().search({ chart: 'cert-manager', version: '1.8.0' }).found?.origin).toBe('cache');
  });

  it('fetches four archives at a time', async () => {
    let [running, most] = [0, 0];
    repository.onArchive = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
    };
    const pins = Array.from({ length: 9 }, (_, index) => pin(`chart-${index}`, '1.0.0'));
    for (const { chart, version } of pins) repository.publish(chart, version);
    await pull(...pins);
    expect(most).toBe(4);
    expect(cached()).toHaveLength(9);
  });

  it('tries again when a server is busy', async () => {
    repository.publish('istiod', '1.13.3');
    repository.failOnce.push({ path: '/charts/istiod-1.13.3.tgz', status: 503, times: 1 });
    expect(await pull(istiod())).toMatchObject([{ outcome: 'pulled' }]);
  });

  it('leaves alone what upstream has in no repository', async () => {
    const pins = [{ chart: 'base', version: '1.11.5' }];
    expect(await pullCharts(pins, { charts: room.charts(), lockFile: lockFile() })).toEqual([
      { chart: 'base', version: '1.11.5', outcome: 'unpublished' },
    ]);
    expect(existsSync(lockFile())).toBe(false);
  });
});

describe('a chart is refused', () => {
  const reason = async (...pins: ReturnType<typeof pin>[]) =>
    (await pull(...(pins.length > 0 ? pins : [istiod()])))[0]?.reason;

  it('when the archive isn’t what the index says', async () => {
    repository.publish('istiod', '1.13.3', { digest: 'f'.repeat(64) });
    expect(await reason()).toMatch(
      /istiod-1\.13\.3\.tgz has the SHA-256 [0-9a-f]{64}, but the repository says f+: refused/,
    );
    expect(cached()).toEqual([]);
    expect(existsSync(lockFile())).toBe(false);
  });

  it.each([
    ['the index says so', undefined],
    ['only the archive shows it', ''],
  ])('when it isn’t the one that was locked: %s', async (_, digest) => {
    repository.publish('istiod', '1.13.3', { content: 'as it was' });
    await pull(istiod());
    const before = readFileSync(lockFile(), 'utf8');
    rmSync(join(room.cache, 'istiod-1.13.3.tgz'));
    repository.publish('istiod', '1.13.3', { content: 'published anew', digest });
    expect(await reason()).toMatch(
      /now has another archive \(SHA-256 [0-9a-f]{64}\) than the one that was locked \([0-9a-f]{64}\): refused/,
    );
    expect(cached()).toEqual([]);
    expect(readFileSync(lockFile(), 'utf8')).toBe(before);
  });

  it('when another version is inside', async () => {
    repository.publish('istiod', '1.13.4', { listedAs: '1.13.3' });
    expect(await reason()).toBe(`${repository.url}/charts/istiod-1.13.3.tgz holds istiod 1.13.4: refused`);
    expect(cached()).toEqual([]);
  });
});

describe('a chart that can’t be had says why', () => {
  const reason = async (wanted = istiod()) => (await pull(wanted))[0]?.reason;

  it('no such version', async () => {
    repository.publish('istiod', '1.13.2');
    repository.publish('istiod', '1.12.0');
    expect(await reason()).toBe(`${repository.url}/index.yaml has not this version, only 1.13.2`);
  });

  it('no such chart', async () => {
    expect(await reason()).toBe(`${repository.url}/index.yaml has no such chart`);
  });

  it('the archive is gone', async () => {
    repository.publish('istiod', '1.13.3');
    repository.failOnce.push({ path: '/charts/istiod-1.13.3.tgz', status: 404, times: 9 });
    expect(await reason()).toBe(`${repository.url}/charts/istiod-1.13.3.tgz answered 404 Not Found`);
  });

  it('the server stays busy', async () => {
    repository.failOnce.push({ path: '/index.yaml', status: 503, times: 9 });
    expect(await reason()).toBe(`${repository.url}/index.yaml answered 503, three times`);
  });

  it('no network; and the others are pulled all the same', async () => {
    repository.publish('base', '1.13.3');
    const unreachable = { ...istiod(), repository: 'http://127.0.0.1:1/charts' };
    const [failed, pulled] = await pull(unreachable, pin('base', '1.13.3'));
    expect(failed).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining("127.0.0.1:1 can't be reached"),
    });
    expect(pulled).toMatchObject({ outcome: 'pulled' });
    expect(Object.keys(readLock(lockFile()))).toEqual(['base-1.13.3']);
  });
});

describe('the lock', () => {
  const state = () => examineChart(room.charts(), istiod(), readLock(lockFile())).lock;

  it('knows an archive and whatever it was unpacked to', async () => {
    repository.publish('istiod', '1.13.3');
    expect(state()).toBe('missing');
    await pull(istiod());
    expect(state()).toBe('locked');
    rmSync(join(room.cache, 'istiod-1.13.3.tgz'));
    writeChart(join(room.cache, 'istiod-1.13.3'), 'istiod', '1.13.3');
    expect(state()).toBe('locked');
    expect(examineChart(room.charts(), istiod(), {}).lock).toBe('unlocked');
  });

  it('tells a chart that was changed', async () => {
    repository.publish('istiod', '1.13.3');
    await pull(istiod());
    writeChart(join(room.given, 'istiod'), 'istiod', '1.13.3', { content: 'changed' });
    const examined = examineChart(room.charts([room.given]), istiod(), readLock(lockFile()));
    expect(examined).toMatchObject({ origin: 'directory', lock: 'differs' });
  });

  it('in force, passes over what differs in the cache', async () => {
    repository.publish('istiod', '1.13.3');
    await pull(istiod());
    const charts = room.charts([], lockFile());
    expect(charts.find(istiod())).toContain('istiod');
    writeArchive(join(room.cache, 'istiod-1.13.3.tgz'), 'istiod', '1.13.3', { content: 'changed' });
    expect(() => charts.find(istiod())).toThrow(
      expect.objectContaining({ where: expect.stringContaining("isn't the 1.13.3 that the lock has") }),
    );
  });

  it('in force, leaves the cache alone where that is given as a directory', async () => {
    repository.publish('istiod', '1.13.3');
    await pull(istiod());
    writeArchive(join(room.cache, 'istiod-1.13.3.tgz'), 'istiod', '1.13.3', { content: 'changed' });
    expect(room.charts([room.cache], lockFile()).search(istiod()).found).toMatchObject({
      origin: 'directory',
      place: room.cache,
    });
  });

  it('that is broken is an error', () => {
    writeLock(lockFile(), { 'istiod-1.13.3': { repository: 'x', sha256: 'short', files: '' } });
    expect(() => readLock(lockFile())).toThrow("The lock of the charts can't be read: istiod-1.13.3 has no digests.");
  });
});
