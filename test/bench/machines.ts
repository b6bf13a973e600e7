import { userDataLimit } from '../../infra/node/encoding.ts';
import { controllerUserData, workerUserData } from '../../infra/node/user-data.ts';
import { releaseIds } from '../../releases/release.ts';
import { missingForMachines } from '../../sandbox/real/requirements.ts';
import { TestAccount } from '../machines/account.ts';
import { networkPods } from '../machines/network-pods.ts';
import type { TestMachine } from '../machines/test-machine.ts';
import { controllerB, demoAt } from '../unit/node-fixture.ts';

/** Bytes of user data by role, and what a machine takes from power-on to a node that is ready (as root, where machines really boot). */
export async function machines(): Promise<void> {
  console.log(`user data (EC2 takes ${userDataLimit} bytes)`);
  for (const id of releaseIds) {
    const cluster = demoAt(id);
    const sizes = {
      controller: controllerUserData(cluster, controllerB).length,
      worker: workerUserData(cluster, cluster.environment.workers[0]!).length,
    };
    for (const [role, size] of Object.entries(sizes))
      console.log(`  ${id} ${role.padEnd(12)}${size} bytes = ${Math.round((100 * size) / userDataLimit)} %`);
  }
  const missing = await missingForMachines();
  if (missing.length > 0) {
    console.log(`machines aren't booted: ${missing.join('; ')}`);
    return;
  }
  const account = await TestAccount.start();
  try {
    const started = performance.now();
    const controller = await account.launchController('a');
    await controller.running();
    const running = performance.now();
    await controller.kubectl('apply -f -', JSON.stringify(networkPods));
    await ready(controller, controller);
    const first = performance.now();
    const worker = await account.launchWorker();
    await ready(controller, worker);
    const joined = performance.now();
    await controller.reboot();
    await controller.running();
    const rebooted = performance.now();
    const line = (what: string, from: number, to: number) =>
      console.log(
        `  ${what.padEnd(46)}${((to - from) / 1000).toFixed(0).padStart(4)} s = ${((to - from) / (joined - first)).toFixed(1)} x a worker's`,
      );
    console.log('a real machine, from power-on');
    line('worker, to node Ready', first, joined);
    line('first controller, to a control plane that runs', started, running);
    line('first controller, to node Ready', started, first);
    line('controller, rebooted', joined, rebooted);
  } finally {
    await account.stop();
  }
}

async function ready(controller: TestMachine, machine: TestMachine): Promise<void> {
  for (;;) {
    const { stdout } = await controller.exec(
      `kubectl --kubeconfig /etc/kubernetes/admin.conf get node ${machine.nodeName} -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}'`,
    );
    if (stdout.trim() === 'True') return;
    await new Promise((done) => setTimeout(done, 250));
  }
}
