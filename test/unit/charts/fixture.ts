import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach } from 'vitest';
import { ChartStore } from '../../../charts/index.ts';

/** Directories of their own for each test of a file: the cache, and one to give charts in. */
export interface ChartRoom {
  /** `--charts`. */
  given: string;
  /** `charts` of the cache. */
  cache: string;
  stacks: string;
  /** Variables that lead to the cache. */
  env: Record<string, string>;
  /** Charts of these directories and of the cache; with a lock file only those that are locked. */
  charts(given?: string[], lockFile?: string): ChartStore;
}

/** Gives each test a {@link ChartRoom}. */
export function chartRoom(): ChartRoom {
  const room: ChartRoom = {
    given: '',
    cache: '',
    stacks: '',
    env: {},
    charts: (given = [], lockFile) => new ChartStore({ given, env: room.env, lockFile }),
  };
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kubezero-charts-'));
    const places = { given: join(root, 'given'), cache: join(root, 'charts'), stacks: join(root, 'stacks') };
    for (const directory of Object.values(places)) mkdirSync(directory);
    Object.assign(room, places, { env: { KUBEZERO_CACHE: root } });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  return room;
}

export interface ChartOptions {
  standIn?: boolean;
  /** Makes its contents, and so its digest, another one. */
  content?: string;
}

/** Writes an unpacked chart into a directory. */
export function writeChart(directory: string, name: string, version: string, options: ChartOptions = {}): string {
  mkdirSync(join(directory, 'templates'), { recursive: true });
  const annotations = options.standIn ? 'annotations:\n  kubezero.stand-in: "true"\n' : '';
  writeFileSync(join(directory, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: ${version}\n${annotations}`);
  writeFileSync(join(directory, 'templates', 'object.yaml'), options.content ?? 'kind: ConfigMap\n');
  return directory;
}

/** Writes a chart as an archive, as `helm package` would. */
export function writeArchive(file: string, name: string, version: string, options: ChartOptions = {}): string {
  const staging = mkdtempSync(join(tmpdir(), 'kubezero-package-'));
  writeChart(join(staging, name), name, version, options);
  create({ file, cwd: staging, gzip: true, sync: true, portable: true, mtime: new Date(0) }, [name]);
  rmSync(staging, { recursive: true });
  return file;
}
