import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SandboxDirectory } from '../directory.ts';
import { kubeletLabel } from '../machines/node.ts';
import { SupervisedProcess } from '../processes.ts';
import type { ToolPath } from '../tools.ts';
import { kubelets, podNetwork } from './kubelets.ts';
import { stagesFor } from './stages.ts';

/** Starts one kwok per kubelet version; each looks after the nodes that carry its label, and their pods. */
export function startKwok(directory: SandboxDirectory, tools: ToolPath): SupervisedProcess[] {
  mkdirSync(directory.kwok, { recursive: true });
  return [...kubelets.keys()].map((minor) => {
    const config = join(directory.kwok, `stages-${minor}.yaml`);
    writeFileSync(
      config,
      stagesFor(minor)
        .map((stage) => stringify(stage, { lineWidth: 0 }))
        .join('---\n'),
    );
    return new SupervisedProcess({
      command: tools('kwok'),
      args: [
        `--config=${config}`,
        `--kubeconfig=${directory.kubeconfig}`,
        `--manage-nodes-with-label-selector=${kubeletLabel}=${minor}`,
        `--cidr=${podNetwork(minor)}`,
        // Its nodes' leases are kept by nodes/leases.ts.
        '--node-lease-duration-seconds=0',
      ],
      // kwok reads its user's own configuration first; this sandbox's is all it should know.
      env: { HOME: directory.kwok, KWOK_WORKDIR: join(directory.kwok, 'work') },
      log: join(directory.logs, `kwok-${minor}.log`),
    });
  });
}
