import { duration } from '../errors/duration.ts';
import { label, type Tool } from './tool.ts';

/**
 * `missing` comes first, for all tools that have to be fetched or built, before any of it starts; then each goes through
 * waiting (another process is installing it), downloading, queued (another build is running), building, to
 * installed or failed. `found`: nothing to do.
 */
export type ToolPhase =
  | 'found'
  | 'missing'
  | 'waiting'
  | 'downloading'
  | 'queued'
  | 'building'
  | 'installed'
  | 'failed';

export interface ToolProgress {
  tool: Pick<Tool, 'name' | 'version'>;
  phase: ToolPhase;
  /** What is going on in this phase, for people: `12.3 of 60.1 MB`, `412 packages, k8s.io/client-go/rest`. */
  detail?: string;
  /** Milliseconds since work on this tool began. */
  elapsed?: number;
}

export type OnProgress = (progress: ToolProgress) => void;

export interface ProgressView {
  onProgress: OnProgress;
  /** Call when `ensureTools` is done, with or without success: stops timers and leaves the terminal in order. */
  end(): Promise<void>;
}

/**
 * Plain lines, for logs and continuous integration: one for each change of phase, and in a long phase one at least every
 * `interval` milliseconds, so that nobody takes it for stuck. Silent as long as every tool is found.
 */
export function plainProgress(print: (line: string) => void, options: { interval?: number } = {}): ProgressView {
  const running = new Map<string, { latest: ToolProgress; since: number }>();
  const say = (name: string, { latest, since }: { latest: ToolProgress; since: number }) =>
    print(
      [`${name}: ${latest.phase}`, duration((latest.elapsed ?? 0) + Date.now() - since), latest.detail]
        .filter(Boolean)
        .join(', '),
    );
  const timer = setInterval(() => {
    for (const [name, state] of running) if (state.latest.phase !== 'queued') say(name, state);
  }, options.interval ?? 15_000);
  timer.unref();
  return {
    onProgress: (progress) => {
      const name = label(progress.tool);
      if (progress.phase === 'found') return;
      if (progress.phase === 'missing') return print(`${name}: not found on this machine`);
      const before = running.get(name)?.latest.phase;
      const state = { latest: progress, since: Date.now() };
      if (progress.phase === 'installed' || progress.phase === 'failed') running.delete(name);
      else running.set(name, state);
      if (progress.phase !== before) say(name, state);
    },
    end: async () => clearInterval(timer),
  };
}

/** A live task list (listr2) for terminals; appears with the first tool that has to be fetched or built. */
export async function liveProgress(): Promise<ProgressView> {
  const { Listr, PRESET_TIMER } = await import('listr2');
  type Row = {
    latest?: string;
    settle: (failure?: string) => void;
    done: Promise<string | undefined>;
    show?: (line: string) => void;
  };
  const rows = new Map<string, Row>();
  let shown: Promise<unknown> | undefined;

  const show = () =>
    new Listr(
      [...rows].map(([name, row]) => ({
        title: name,
        task: async (_context: unknown, task: { output: string; title: string }) => {
          row.show = (line) => {
            task.output = line;
          };
          if (row.latest) row.show(row.latest);
          const failure = await row.done;
          if (failure !== undefined) throw new Error(failure || 'failed');
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        // Ctrl-C is the command line's: it stops the builds and has the last word.
        registerSignalListeners: false,
        rendererOptions: { timer: { ...PRESET_TIMER, field: duration } },
      } as object,
    )
      .run()
      .catch(() => {});

  return {
    onProgress: ({ tool, phase, detail }) => {
      const name = label(tool);
      if (phase === 'found') return;
      if (phase === 'missing') {
        let settle: Row['settle'] = () => {};
        const done = new Promise<string | undefined>((resolve) => {
          settle = resolve;
        });
        rows.set(name, { settle, done });
        return;
      }
      shown ??= show();
      const row = rows.get(name);
      if (phase === 'installed') row?.settle();
      else if (phase === 'failed') row?.settle(detail ?? '');
      else if (row) {
        row.latest = detail ? `${phase}: ${detail}` : phase;
        row.show?.(row.latest);
      }
    },
    end: async () => {
      for (const row of rows.values()) row.settle('stopped');
      await shown;
    },
  };
}
