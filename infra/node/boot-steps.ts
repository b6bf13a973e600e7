/** A step of the boot program: a script of this name in infra/node/scripts. */
export interface BootStep {
  name: string;
  /** What it sees to, in one line. */
  does: string;
}

const requirements: BootStep = {
  name: 'requirements',
  does: 'every tool that the role needs is there, the metadata service answers, the clock is right',
};
const kubelet: BootStep = {
  name: 'kubelet',
  does: 'the container runtime runs with its configuration, and only then the kubelet',
};

/**
 * What the boot program does on a machine of a role, in this order, at every start and then every hour. Each step may be
 * repeated at any time; after one that fails, the program begins again with the first.
 */
export const bootSteps = {
  controller: [
    requirements,
    {
      name: 'program',
      does: 'the scripts of the steps after this one are here: an object in the bucket that user data has the digest of, installed once',
    },
    {
      name: 'volume',
      does: 'the etcd volume of this controller is attached and mounted, formatted only if it was never written to',
    },
    {
      name: 'names',
      does: 'host name, kernel modules and sysctls; the DNS record of this controller leads to this machine',
    },
    { name: 'keys', does: 'the shared keys of the cluster are here, made once by the first controller' },
    {
      name: 'etcd',
      does: 'the data on the volume is of the member that the cluster knows; without data the member is added anew, or the cluster founded',
    },
    { name: 'configure', does: 'configuration from its templates, certificates, kubeconfigs, static pods' },
    kubelet,
    { name: 'join-etcd', does: 'this controller’s etcd member serves and votes; the bucket knows which data is its' },
    { name: 'api', does: 'this controller’s API server is ready' },
    { name: 'node', does: 'the Node object is this machine’s, with the control plane’s labels and taints' },
    {
      name: 'cluster',
      does: 'a new cluster gets kubeadm’s configuration, bootstrap rules, kube-proxy and CoreDNS; an old one keeps what it has',
    },
    {
      name: 'publish',
      does: 'the API’s DNS record, OIDC documents, what workers join with, renewed certificates, the boot log',
    },
  ],
  worker: [
    requirements,
    { name: 'names', does: 'host name, kernel modules and sysctls' },
    { name: 'join', does: 'the machine has joined the cluster, with CA and token from the bucket' },
    kubelet,
    { name: 'publish', does: 'the boot log' },
  ],
} as const satisfies Record<string, readonly BootStep[]>;

/** What a machine is for. */
export type MachineRole = keyof typeof bootSteps;
