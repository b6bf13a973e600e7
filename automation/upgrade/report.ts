import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSink } from '../report/events.ts';
import { recorder } from '../report/recorder.ts';

export interface ReportFiles {
  sink: EventSink;
  /** Writes `result.json`. Nothing where no directory was asked for. */
  write(): void;
}

/** Records a run into the directory given with `--report`. */
export function openReport(directory: string | undefined): ReportFiles {
  const record = recorder();
  return {
    sink: record.sink,
    write() {
      if (!directory) return;
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'result.json'), `${JSON.stringify(record.result(), null, 2)}\n`);
    },
  };
}
