import { expect, test } from 'vitest';
import { ensureTools } from '../../../toolchain/index.ts';
import { buildGarden, gardenTool, temporaryMachine } from './fixture.ts';

test('only the Kubernetes versions that are asked for are installed', async () => {
  await using machine = await temporaryMachine();
  const kubernetes = ['1.0.0', '1.1.0', '1.2.0'].map((version) => ({
    ...gardenTool({ name: 'bed', version }),
    kubernetes: version,
  }));
  const { binaries } = await ensureTools(['engine'], {
    tools: [gardenTool({ name: 'shed', version: '0.1.0' }), ...kubernetes],
    kubernetes: ['1.1.0', '1.2.0'],
    env: machine.env,
    build: buildGarden,
  });
  expect([...new Set(binaries.map(({ version }) => version))]).toEqual(['0.1.0', '1.1.0', '1.2.0']);
});
