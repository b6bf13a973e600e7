import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chartValues, find, manifest } from '../../test/unit/modules/context.ts';
import { unpackDashboards } from '../dashboards/index.ts';

const rendered = manifest('metrics', '1.22');
const { 'script.sh': script } = find(rendered.objects, 'ConfigMap', 'script-configmap').data;

const busybox = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'busybox'));
/** The sidecar's image has busybox. */
const shells = [
  ['sh'],
  ...busybox
    .filter(existsSync)
    .slice(0, 1)
    .map((path) => [path, 'sh']),
];

describe.each(shells)('the script that unpacks dashboards beside Grafana, in %s %s', (...shell) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dashboards '));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const at = (file: string) => join(directory, file);
  const run = () => {
    const [program = '', ...words] = shell;
    execFileSync(program, [...words, '-c', script.replaceAll('/tmp/dashboards', `'${directory}'`)], { stdio: 'pipe' });
  };
  const unpacked = (file = 'own.json') => {
    run();
    return existsSync(at(file)) ? readFileSync(at(file), 'utf8') : undefined;
  };
  const put = (file: string, content: string | Buffer, secondsAgo = 0) => {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), content);
    const time = Date.now() / 1000 - secondsAgo;
    utimesSync(at(file), time, time);
  };

  it('unpacks a new one, and again when it has changed, if only a moment later', () => {
    put('own.json.gz', gzipSync('first'), 60);
    expect(unpacked()).toBe('first');
    put('own.json.gz', gzipSync('second'));
    expect(unpacked()).toBe('second');
    put('own.json.gz', gzipSync('third'));
    expect(unpacked()).toBe('third');
  });

  it('leaves alone what it has unpacked, so that Grafana doesn’t read everything at every change', () => {
    put('own.json.gz', gzipSync('first'), 60);
    run();
    const { mtimeMs, ino } = statSync(at('own.json'));
    put('KubeZero/other.json.gz', gzipSync('other'));
    expect(unpacked('KubeZero/other.json')).toBe('other');
    expect(statSync(at('own.json'))).toMatchObject({ mtimeMs, ino });
  });

  it('takes the place of the one that its ConfigMap had as it is, which the sidecar doesn’t remove', () => {
    put('own.json', 'readable', 30);
    put('own.json.gz', gzipSync('packed'), 60);
    expect(unpacked()).toBe('packed');
  });

  it('takes away what was unpacked from a file that is gone, and nothing else', () => {
    put('own.json', 'a user’s', 60);
    put('module.json.gz', gzipSync('of a module'), 60);
    expect(unpacked('module.json')).toBe('of a module');
    rmSync(at('module.json.gz'));
    run();
    expect(readdirSync(directory)).toEqual(['own.json']);
  });

  it('keeps the dashboard that there is where the new one can’t be unpacked, and tries again', () => {
    put('own.json.gz', gzipSync('first'), 60);
    run();
    put('own.json.gz', gzipSync('second').subarray(0, 12));
    expect(unpacked()).toBe('first');
    expect(readdirSync(directory).sort()).toEqual(['own.json', 'own.json.gz']);
    put('own.json.gz', gzipSync('second'), 60);
    expect(unpacked()).toBe('second');
  });

  it('unpacks every dashboard of the module', () => {
    const configMaps = rendered.objects.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
    for (const { binaryData } of configMaps) {
      for (const [file, content] of Object.entries(binaryData as object)) put(file, Buffer.from(content, 'base64'));
    }
    run();
    const texts = Object.fromEntries(
      configMaps.flatMap((configMap) => Object.entries(unpackDashboards(configMap).data)),
    );
    expect(Object.fromEntries(Object.keys(texts).map((file) => [file, readFileSync(at(file), 'utf8')]))).toEqual(texts);
    expect(Object.keys(texts).length).toBeGreaterThan(20);
  });
});

it('is that of the pods: they are replaced with it, since they would never see another', () => {
  const digest = createHash('sha256').update(script).digest('hex');
  const { podAnnotations } = chartValues(rendered, 'kube-prometheus-stack').grafana;
  expect(podAnnotations).toEqual({ 'checksum/dashboard-script': digest });
});

it('keeps annotations of Grafana’s pods that application.yaml has', () => {
  const grafana = { podAnnotations: { team: 'platform' } };
  const given = manifest('metrics', '1.22', { metrics: { 'kube-prometheus-stack': { grafana } } });
  expect(Object.keys(chartValues(given, 'kube-prometheus-stack').grafana.podAnnotations)).toEqual([
    'checksum/dashboard-script',
    'team',
  ]);
});
