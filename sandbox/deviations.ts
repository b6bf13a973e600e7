/** Something of the default sandbox that isn't what it is on AWS, in the words of who uses it. */
export interface StandIn {
  /** What is there in the sandbox. */
  name: string;
  standsFor: string;
  /** What one can't see here, or sees differently. */
  differs: string;
}

/**
 * Milliseconds of a boot program that retries and repeats. On machines it waits 2 s after a failed pass, twice as long after
 * each further one, up to 60 s; after a complete pass it begins again within 40 to 80 minutes.
 */
export const bootTimes = {
  pauseMilliseconds: 300,
  longestPauseMilliseconds: 6_000,
  betweenPassesMilliseconds: 300_000,
  /** Between two looks at what a step waits for, 1 to 4 s on machines. */
  pollMilliseconds: 200,
} as const;

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

/**
 * Every stand-in of the default sandbox (processes and kwok). What isn't in this list is the real thing: etcd, API servers,
 * controller-managers and schedulers of the release's versions, kubeadm's phases, the Pulumi engine, Helm and ArgoCD.
 */
export const standIns: readonly StandIn[] = [
  {
    name: 'a directory and a loopback address of this machine',
    standsFor: 'an EC2 instance with its network interface',
    differs:
      'no kernel, mounts, users or limits of its own: kernel modules, sysctls, IPVS, swap and the size of the instance are not tried. Addresses 10.a.b.c are 127.N.b.c, argument by argument; what a process tells others about itself stays 10.a.b.c',
  },
  {
    name: 'a loopback address that stays, for each controller’s name',
    standsFor: 'a DNS name that leads to the machine of the moment',
    differs:
      'processes can’t resolve names of the simulated zone. The record is written to Route 53 and awaited; that an old answer is kept in a resolver for its TTL is not tried',
  },
  {
    name: 'one TypeScript function for each step of the boot program (sandbox/machines/boot)',
    standsFor: 'the scripts of the same names, in the user data and for controllers in the bucket',
    differs:
      'files, steps and their order are read from the user data, and the digest of what the bucket holds is checked; the scripts are not run. A test holds both to one table of what is decided about etcd’s data; what only a shell gets wrong shows on real machines',
  },
  {
    name: 'pauses of 0.3 to 6 s after a failed pass of the boot program, 5 minutes after a complete one; a controller’s kubelet whose node is gone is restarted after 6 s',
    standsFor: '2 to 60 s, and about an hour; after a minute',
    differs: 'sooner; as often, and as long as it takes',
  },
  {
    name: 'tools, instance metadata and clock that are always there and right',
    standsFor: 'the machine image, IMDSv2 and time synchronisation',
    differs: 'the step `requirements` finds nothing to refuse',
  },
  {
    name: 'a directory for each EBS volume, with `lost+found` once it is formatted',
    standsFor: 'a block device with ext4',
    differs: 'devices, formatting that is cut off, mount options and full disks are not tried',
  },
  {
    name: 'keys that the sandbox makes when it starts',
    standsFor: 'the keys that the first controller makes',
    differs:
      'the sandbox’s kubeconfig is good from the start; from there on they go the same way: once to the bucket, never over what is there, from there to everyone. A cluster whose bucket holds other keys is one that the sandbox can’t reach',
  },
  {
    name: 'kubeadm with `--rootfs`, its own loopback addresses added to the certificates’ names',
    standsFor: 'kubeadm on the machine',
    differs: 'preflight checks are not made. Kubeconfigs are pointed at loopback addresses afterwards',
  },
  {
    name: 'a supervisor of static pods as processes, and kwok for all other pods',
    standsFor: 'kubelet, cri-o, crun and the CNI',
    differs:
      'containers of workloads don’t run: they are ready after a moment, as long as what is known to keep them from it (sysctls of a 1.21 kubelet, /etc/machine-id, faults) doesn’t. Nodes are ready once the pod of a network plugin has left its configuration on the machine’s disk, and only pods of the host’s network start before. Static pods start in the order in which they need each other',
  },
  {
    name: 'the scripts of backup and upgrade pods as processes, with the machine’s directory for the host’s root',
    standsFor: 'pods of the admin image on a controller',
    differs:
      'the scripts are the real ones, and so are `etcdctl`, `etcdutl` and `kubeadm upgrade apply` with its preflight checks; the shell and its small tools are those of the machine that rehearses, not the image’s. `aws` and `kubectl` are programs of ours that know the calls these scripts make and refuse all others. No image is pulled: that one check is ignored. The real upgrade pod waits 20 s and more for the kubelet to see a new manifest. Limits, capabilities and the identity of the pod are not tried',
  },
  {
    name: 'a check of token, configuration and node name, then the registration of the node',
    standsFor: '`kubeadm join` with TLS bootstrapping',
    differs:
      'no certificate is asked for; what the real one refuses for these reasons is refused. A 1.22 worker joins a 1.21 cluster, whose kubelet configuration its real kubelet would not start with',
  },
  {
    name: 'etcd 3.5.21',
    standsFor: 'etcd as the release pins it (3.4 or 3.5)',
    differs: 'the version; data directories, membership and learners are etcd’s own',
  },
  {
    name: 'certificates that are never older than half a year',
    standsFor: 'the renewal in the step `publish`',
    differs: 'not tried',
  },
  {
    name: 'an AWS account in memory: EC2, Auto Scaling, S3, KMS, Route 53 and STS for any client, and a Pulumi provider',
    standsFor: 'AWS',
    differs:
      'answers as AWS does to what it knows, refuses what it doesn’t; anyone may do anything (no IAM), accounts are one, and regions but for buckets and keys, quotas have no end. Things take fractions of a second: an attachment 0.15 s, a record 0.2 s, an instance 0.4 s. A versioned bucket keeps five earlier versions of an object; checksums are those that came with it, CRC32, SHA-1 and SHA-256 are compared. Objects aren’t encrypted, whatever a bucket’s or a request’s key',
  },
  {
    name: 'functions that answer for workloads: webhooks, aggregated APIs, operators, Prometheus, ECK, cert-manager',
    standsFor: 'the containers behind them',
    differs: 'they do what an upgrade looks at, while the pods that stand for them are ready',
  },
  {
    name: 'a node that is given up 8 s after its machine was terminated, leaders after 4 s without a renewal; more API calls per second for controllers; evictions at once; `minReadySeconds` counted from 10 minutes before',
    standsFor: 'the time that a cluster takes',
    differs: 'sooner, nothing else',
  },
];
