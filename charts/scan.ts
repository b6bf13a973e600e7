import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chartMetadata, isChart } from './chart.ts';

/** A chart somewhere in a directory: unpacked, or an archive of it. */
export interface Candidate {
  path: string;
  archive: boolean;
  name: string;
  /** Of an unpacked chart its Chart.yaml's; of an archive the one in its file name, if there is one. */
  version: string;
  standIn: boolean;
}

/** How deep charts may lie: `istio/1.13.3/istio-control/discovery/` is the deepest. */
const depth = 4;

/** Charts in a directory by their name, the shallowest first. */
export function chartsIn(directory: string): Map<string, Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const candidate of scan(directory, depth).sort(byDepth)) {
    const others = index.get(candidate.name);
    if (others) others.push(candidate);
    else index.set(candidate.name, [candidate]);
  }
  return index;
}

function scan(directory: string, levels: number): Candidate[] {
  if (isChart(directory)) return [{ path: directory, archive: false, ...chartMetadata(directory) }];
  return entries(directory).flatMap((name): Candidate[] => {
    const path = join(directory, name);
    if (name.startsWith('.') || name === 'node_modules') return [];
    // Links count as what they lead to.
    const state = statSync(path, { throwIfNoEntry: false });
    if (state?.isDirectory()) return levels > 0 ? scan(path, levels - 1) : [];
    return state?.isFile() && /\.(tgz|tar\.gz)$/.test(name) ? [fromFileName(path)] : [];
  });
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** `istiod-1.13.3.tgz`, `cert-manager-v1.8.0.tgz`, or without a version. */
function fromFileName(path: string): Candidate {
  const name = basename(path).replace(/\.(tgz|tar\.gz)$/, '');
  const [, chart = name, version = ''] = /^(.+?)-(v?\d+\.\d+.*)$/.exec(name) ?? [];
  return { path, archive: true, name: chart, version, standIn: false };
}

function byDepth(a: Candidate, b: Candidate): number {
  const level = ({ path }: Candidate) => path.split('/').length;
  return level(a) - level(b) || (a.path < b.path ? -1 : 1);
}
