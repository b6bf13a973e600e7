import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stacks } from '../../automation/engine/driver.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { exitCode } from '../../errors/index.ts';
import { DemoEnvironment } from './demo-environment.ts';

let demo: DemoEnvironment;
let plan: string;

beforeAll(async () => {
  // One stack is enough to see that a plan holds; between them, unit tests see to it.
  demo = await DemoEnvironment.start({ layers: ['network'] });
  plan = join(demo.stacks, '../plan.json');
});
afterAll(() => demo?.stop());

/** Plans what environment.yaml says now, of the network alone. */
async function pin(): Promise<void> {
  const result = await demo.kubezero('preview', 'demo', '--layer', 'network', '--out', plan);
  expect(result).toMatchObject({ exitCode: exitCode.changes });
}

const apply = () => demo.kubezero('up', 'demo', '--plan', plan);
const deployed = () => new Stacks(loadEnvironment('demo', demo.stacks), demo.engine()).exported('network');

/** Lets these networks reach the API servers; each is one rule of a security group. */
function allow(...networks: string[]): void {
  demo.edit('environment.yaml', (text) =>
    text.replace(
      / {2}nat: single\n( {2}apiAllowedCidrs: .*\n)?/,
      `  nat: single\n  apiAllowedCidrs: [${networks.join(', ')}]\n`,
    ),
  );
}

describe('a plan that was pinned', () => {
  it('is refused where environment.yaml was changed since, and nothing is touched', async () => {
    allow('192.168.1.0/24');
    await pin();
    const before = await deployed();
    allow('192.168.1.0/24', '0.0.0.0/0');

    const { exitCode: code, stderr } = await apply();
    expect(stderr).toContain('demo/environment.yaml has changed since the plan was made');
    expect(code).toBe(exitCode.moved);
    expect(await deployed()).toEqual(before);
  });

  it('is refused where somebody else has updated a stack, with what they did', async () => {
    allow('192.168.2.0/24');
    await demo.up(['network']);
    const before = await deployed();
    allow('192.168.1.0/24');

    const { exitCode: code, stderr } = await apply();
    expect(stderr).toContain(
      'stack demo-network has moved: SecurityGroupIngressRule controller-api-from-192.168.2.0-24 is new',
    );
    expect(code).toBe(exitCode.moved);
    expect(await deployed()).toEqual(before);
  });

  it('goes on where a run with it was killed, and once it is applied, has nothing left to do', async () => {
    await pin();
    // As if the run had come to the new rule, and not to the one that goes.
    allow('192.168.1.0/24', '192.168.2.0/24');
    await demo.up(['network']);
    allow('192.168.1.0/24');

    const first = await apply();
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is as planned: 1 resource changed') });
    const { deployment } = await deployed();
    expect(JSON.stringify(deployment)).toContain('controller-api-from-192.168.1.0-24');
    expect(JSON.stringify(deployment)).not.toContain('controller-api-from-192.168.2.0-24');

    const again = await apply();
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing left to do') });
  });
});
