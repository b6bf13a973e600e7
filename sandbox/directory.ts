import { join } from 'node:path';

/** Where one sandbox keeps its things, below the directory it was given. */
export interface SandboxDirectory {
  root: string;
  /** What is known about the running daemon: {@link SandboxRecord}. */
  record: string;
  controlSocket: string;
  daemonLog: string;
  /** Where API servers send calls to services, and their configuration for it: services/egress.ts. */
  egressSocket: string;
  egressConfiguration: string;
  kubeconfig: string;
  charts: string;
  pulumiState: string;
  passphrase: string;
  /** One root file system per instance, by instance id. */
  instances: string;
  /** Data of EBS volumes, by volume id; they outlive instances. */
  volumes: string;
  /** Logs of every process, by instance and component. */
  logs: string;
  /** Cluster CA and service account keys, see machines/pki.ts. */
  pki: string;
  kwok: string;
}

/** Where everything of a sandbox is below its directory. */
export function sandboxDirectory(root: string): SandboxDirectory {
  return {
    root,
    record: join(root, 'sandbox.json'),
    controlSocket: join(root, 'control.sock'),
    daemonLog: join(root, 'daemon.log'),
    egressSocket: join(root, 'egress.sock'),
    egressConfiguration: join(root, 'egress.yaml'),
    kubeconfig: join(root, 'kubeconfig'),
    charts: join(root, 'charts'),
    pulumiState: join(root, 'pulumi-state'),
    passphrase: join(root, 'passphrase'),
    instances: join(root, 'instances'),
    volumes: join(root, 'volumes'),
    logs: join(root, 'logs'),
    pki: join(root, 'pki'),
    kwok: join(root, 'kwok'),
  };
}

/** Where real machines see the directory that stands for the disks of pods' volumes: all of them the same one. */
export const podVolumes = '/var/lib/kubezero-sandbox/volumes';

/** Contents of sandbox.json: how to reach a running sandbox. */
export interface SandboxRecord {
  name: string;
  pid: number;
  /** N of the 127.N.x.y addresses that are this sandbox's. */
  number: number;
  startedAt: string;
  /** `ready` once AWS and the engine's providers answer. */
  state: 'starting' | 'ready' | 'failed';
  /** Why it failed. */
  error?: string;
  /** Environment that points ordinary commands at this sandbox. */
  env: Record<string, string>;
}
