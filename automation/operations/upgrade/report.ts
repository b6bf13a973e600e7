import type { EventSink } from '../../report/events.ts';
import { writeReportFiles } from '../../report/files.ts';
import { recorder } from '../../report/recorder.ts';

export interface ReportFiles {
  sink: EventSink;
  /** Writes `result.json` and `report.md`. Nothing where no directory was asked for. */
  write(): void;
}

/** Records a run into the directory given with `--report`. */
export function openReport(directory: string | undefined): ReportFiles {
  const record = recorder();
  return {
    sink: record.sink,
    write() {
      if (directory) writeReportFiles(directory, record.result());
    },
  };
}
