import { api } from './api.ts';
import { cluster } from './cluster.ts';
import { configure } from './configure.ts';
import { etcd } from './etcd.ts';
import { join } from './join.ts';
import { joinEtcd } from './join-etcd.ts';
import { keys } from './keys.ts';
import { kubelet } from './kubelet.ts';
import { names } from './names.ts';
import { node } from './node.ts';
import { program } from './program-step.ts';
import { publish } from './publish.ts';
import { requirements } from './requirements.ts';
import type { Step } from './step.ts';
import { volume } from './volume.ts';

/** By the names in a machine's /etc/kubezero/steps. */
export const steps: Record<string, Step> = {
  requirements,
  program,
  volume,
  names,
  keys,
  etcd,
  configure,
  kubelet,
  'join-etcd': joinEtcd,
  api,
  node,
  cluster,
  publish,
  join,
};
