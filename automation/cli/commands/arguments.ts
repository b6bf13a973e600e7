import { layers } from '../../../environment/outputs.ts';

/** The `<env>` argument that most commands start with. */
export const environmentArgument = {
  type: 'string',
  demandOption: true,
  describe: 'environment: a directory with environment.yaml below the stacks directory, e.g. demo',
} as const;

/** Option `layer` of the commands that work on stacks. */
export const layerOption = {
  type: 'string',
  array: true,
  choices: layers,
  requiresArg: true,
  describe: 'only this layer; may be given several times',
} as const;

/** Option `report` of the commands that leave a record. */
export const reportOption = {
  type: 'string',
  requiresArg: true,
  describe: 'write result.json and report.md to this directory',
} as const;

/** Option `charts` of the commands that render charts. */
export const chartsOption = {
  type: 'string',
  array: true,
  nargs: 1,
  describe:
    'directory with upstream charts, unpacked or .tgz; wins over the cache and the lock; may be given several times',
} as const;

/** Option `machines` of the commands that start a sandbox. */
export const machinesOption = {
  choices: ['simulated', 'real'] as const,
  default: 'simulated',
  describe: 'what stands for instances: processes and kwok, or machines that really boot (root on Linux)',
} as const;

/** Option `backend` of the commands that start a sandbox. */
export const backendOption = {
  choices: ['file', 's3'] as const,
  default: 'file',
  describe:
    'where the state of the stacks is kept: files with a passphrase, or s3:// with awskms:// in the simulated account',
} as const;

/** Option `allow` of the commands that plan or make changes. */
export const allowOption = {
  type: 'string',
  array: true,
  nargs: 1,
  describe:
    'name of something that holds data (or `<stack>/<name>`) and may be deleted or replaced; may be given several times',
} as const;

/** Option `policy-pack` of the commands that plan or make changes. */
export const policyPackOption = {
  type: 'string',
  array: true,
  nargs: 1,
  describe:
    'directory of a Pulumi policy pack to check with, besides those of environment.yaml; may be given several times',
} as const;

/** Option `plan` of the commands that apply a pinned plan. */
export const planOption = {
  type: 'string',
  requiresArg: true,
  describe: 'do what is in this pinned plan (`preview --out`) and nothing else; refused where the world has moved',
} as const;
