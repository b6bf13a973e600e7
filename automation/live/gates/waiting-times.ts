export interface WaitingTimes {
  /** Seconds until a gate without progress is given up (default 900). */
  gateTimeoutSeconds: number;
  /** Seconds that an unexplained crash loop is given to heal (default 120). */
  crashSeconds: number;
  /** Seconds one node's drain may take (default 900). */
  drainTimeoutSeconds: number;
  /** Age in seconds up to which an etcd snapshot counts as fresh (default 3600). */
  snapshotAgeSeconds: number;
}

/** How long to wait, in seconds. `KUBEZERO_GATE_SECONDS` and the like change it, e.g. where a rehearsal tests failures. */
export function waitingTimes(env: NodeJS.ProcessEnv): WaitingTimes {
  const seconds = (name: string, fallback: number) => Number(env[name] ?? fallback);
  return {
    gateTimeoutSeconds: seconds('KUBEZERO_GATE_SECONDS', 900),
    crashSeconds: seconds('KUBEZERO_CRASH_SECONDS', 120),
    drainTimeoutSeconds: seconds('KUBEZERO_DRAIN_SECONDS', 900),
    snapshotAgeSeconds: 3600,
  };
}
