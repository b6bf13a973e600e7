import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportMarkdown } from './markdown.ts';
import type { RecordedRun } from './recorder.ts';
import { redact } from './redacting.ts';

/** What stands beside the run in `result.json`: versions before and after, promises that were checked. */
export interface ReportExtras {
  checks?: { promise: string; kept: boolean; detail: string }[];
  [name: string]: unknown;
}

/** Writes a run's record into a directory, made if need be: `result.json` for programs, `report.md` for people. */
export function writeReportFiles(directory: string, run: RecordedRun | undefined, extras: ReportExtras = {}): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'result.json'), `${redact(JSON.stringify({ ...run, ...extras }, null, 2))}\n`);
  if (run) writeFileSync(join(directory, 'report.md'), reportMarkdown(run, { checks: extras.checks }));
}
