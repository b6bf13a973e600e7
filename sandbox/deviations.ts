/**
 * Where the sandbox differs from a real cluster on purpose, so that a rehearsal takes minutes: each entry only lets
 * happen sooner what a real cluster does later. Everything else runs as the machines are configured.
 */

/** Flags that the sandbox adds to (or changes in) control plane processes. */
export const addedFlags: Record<string, Record<string, string>> = {
  'kube-controller-manager': {
    // Pods of a node that is gone are evicted at once instead of at the rate meant for large clusters (0.1 per second).
    'node-eviction-rate': '10',
    // New replicas follow on one another without client-side throttling on a machine that runs three control planes.
    'kube-api-qps': '200',
    'kube-api-burst': '300',
  },
  'kube-scheduler': { 'kube-api-qps': '200', 'kube-api-burst': '300' },
};

/**
 * Seconds by which the start of a pod's readiness is dated back: a Deployment's `minReadySeconds` (120 for the Istio
 * gateways) counts from there, and would be waited for by every rollout.
 */
export const readyDatedBackSeconds = 600;

/**
 * The scheduler and controller-manager of a machine start once its API server is ready, an API server once its etcd
 * answers. A real kubelet starts them all at once and they crash until then, which only costs time.
 */
export const startOrder: Record<string, string[]> = {
  etcd: [],
  'kube-apiserver': ['etcd'],
  'kube-controller-manager': ['kube-apiserver'],
  'kube-scheduler': ['kube-apiserver'],
};

/** Seconds after which a terminated machine's Node is deleted where no controller of the cluster does it (forseti). */
export const nodeLifecycleSeconds = 8;

/** Milliseconds a pod takes from being bound to running: long enough for faults to get there first. */
export const podStartMilliseconds = 300;

/**
 * A leader (controller-manager, scheduler) on a machine that is gone is given up once it hasn't renewed its lease for this
 * many seconds; it renews every 2. Otherwise nothing would be scheduled for the 15 that the lease lasts.
 */
export const abandonedLeaderSeconds = 4;
