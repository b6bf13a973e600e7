import { updateEvents } from '../engine/changes/update-events.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { type EventSink, eventsVersion, reportTo } from '../report/events.ts';

type Command = EnvironmentPlan['command'];

/** Follows a command that prints one document, for a trace: its stacks side by side as steps. */
export interface PreviewTrace {
  /** Work on a part (a stack, the upgrade) begins or ends. */
  on(part: string, state: 'started' | 'finished'): void;
  /** The document is there. A command that fails is ended by its `error` event. */
  end(plan: EnvironmentPlan): void;
}

const doing: Record<Command, string> = { preview: 'Preview', drift: 'Compare' };

export function previewTrace(sink: EventSink, command: Command, environment: string): PreviewTrace {
  const report = reportTo(sink);
  const finished = new Map<string, Date>();
  report({ type: 'run-started', version: eventsVersion, command, environment });
  return {
    on(part, state) {
      if (state === 'started') report({ type: 'step-started', id: part, title: `${doing[command]} ${part}` });
      else finished.set(part, new Date());
    },
    end({ stacks, verdict }) {
      for (const [part, at] of finished) {
        // Said only now, since what a part comes to isn't known before; it happened then.
        const reportThen = reportTo(sink, () => at);
        const plan = stacks.find(({ stack }) => stack === part);
        if (plan) for (const event of updateEvents(plan, { step: part, preview: true })) reportThen(event);
        const why = plan?.failure;
        const outcome = why === undefined ? (plan?.changes.length ? 'changed' : 'already-done') : 'failed';
        const detail = why === undefined ? {} : { detail: why };
        reportThen({ type: 'step-finished', id: part, title: `${doing[command]} ${part}`, outcome, ...detail });
      }
      report({ type: 'run-finished', exit: verdict.exit, summary: verdict.text });
    },
  };
}
