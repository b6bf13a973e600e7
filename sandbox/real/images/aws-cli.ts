import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayerPlan } from './tar.ts';
import { filesBelow, resolvedFiles, sharedLibraries, treeEntries } from './trees.ts';

/** The toolchain's AWS CLI in an image, which asks the sandbox's AWS instead of looking endpoints up by region. */
export interface AwsCli {
  /** The toolchain's `aws`; its packages lie beside it. */
  program: string;
  endpointUrl: string;
}

/** The CLI with its interpreter (this machine's Python) and everything that is made of. */
export async function awsLayers({ program, endpointUrl }: AwsCli): Promise<LayerPlan[]> {
  const [, interpreter = ''] = /^#!(\S+)/.exec(await readFile(program, 'utf8')) ?? [];
  const version = /python3\.\d+$/.exec((await resolvedFiles([interpreter]))[0]?.source ?? '')?.[0];
  if (!version) throw new Error(`${program} names no interpreter that can be put into an image: ${interpreter}`);
  const modules = join(dirname(dirname(interpreter)), 'lib', version);
  const extensions = (await filesBelow(modules)).filter((path) => path.endsWith('.so'));
  const libraries = await sharedLibraries([interpreter, ...extensions]);
  return [
    {
      name: 'python',
      entries: [...(await resolvedFiles([interpreter, ...libraries])), ...(await treeEntries([modules]))],
    },
    { name: 'aws-cli', entries: await treeEntries([dirname(program)]) },
    {
      name: 'aws-endpoint',
      entries: [
        {
          path: '/usr/local/bin/aws',
          mode: 0o755,
          content: `#!/bin/sh\nexport AWS_ENDPOINT_URL='${endpointUrl}'\nexec ${program} "$@"\n`,
        },
      ],
    },
  ];
}
