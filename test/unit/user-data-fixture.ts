import type { MachineRole } from '../../infra/node/boot-steps.ts';
import { unpackInstaller } from '../../infra/node/installer.ts';
import type { MachineFile } from '../../infra/node/machine-file.ts';
import { controllerUserData, workerUserData } from '../../infra/node/user-data.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { controllerB, demoAt } from './node-fixture.ts';

export const controller = (release: ReleaseId) => unpackInstaller(textOf('controller', release));
export const worker = (release: ReleaseId, group: string) => unpackInstaller(textOf('worker', release, group));

/** User data with all that an environment may switch on: as large as it gets. */
export function textOf(role: MachineRole, release: ReleaseId, name = 'neuron'): string {
  const cluster = demoAt(release);
  cluster.environment.awsIamAuthenticator.enabled = true;
  if (role === 'controller') return controllerUserData(cluster, controllerB);
  const group = cluster.environment.workers.find((candidate) => candidate.name === name);
  if (!group) throw new Error(`the demo has no group ${name}`);
  return workerUserData(cluster, group);
}

export const contentOf = (files: MachineFile[], path: string) =>
  files.find((file) => file.path === path)?.content ?? '';
export const linesOf = (files: MachineFile[], path: string) => contentOf(files, path).trimEnd().split('\n');
export const scripts = '/usr/local/lib/kubezero/';
export const scriptsOf = (files: MachineFile[]) =>
  files.filter(({ path }) => path.startsWith(scripts)).map(({ path }) => path.slice(scripts.length));
