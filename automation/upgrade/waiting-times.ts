import type { UpgradeSetup } from './runner.ts';

/** How long to wait, in seconds. `KUBEZERO_GATE_SECONDS` and the like change it, e.g. where a rehearsal tests failures. */
export function waitingTimes(): UpgradeSetup['options'] {
  const seconds = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
  return {
    gateTimeoutSeconds: seconds('KUBEZERO_GATE_SECONDS', 900),
    crashSeconds: seconds('KUBEZERO_CRASH_SECONDS', 120),
    drainTimeoutSeconds: seconds('KUBEZERO_DRAIN_SECONDS', 900),
    snapshotAgeSeconds: 3600,
  };
}
