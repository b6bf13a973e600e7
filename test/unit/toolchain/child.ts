// Installs the garden tool in a process of its own, so that a test can kill it or run two at once.
// Arguments: log file (a line for each build), milliseconds a build takes.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTools } from '../../../toolchain/index.ts';
import { buildGarden, gardenTool, writeTool } from './fixture.ts';

const [log = '', takes = '0'] = process.argv.slice(2);
const tools = await ensureTools(['engine'], {
  tools: [gardenTool()],
  lockStale: 5000,
  build: async (tool, directory) => {
    await writeTool(join(directory, 'spade'), tool.version);
    await appendFile(log, 'building\n');
    await new Promise((resolve) => setTimeout(resolve, Number(takes)));
    await buildGarden(tool, directory);
  },
});
process.stdout.write(tools.path('rake'));
