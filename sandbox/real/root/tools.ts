import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ToolPath } from '../../tools.ts';
import type { ImagePart, RootBind } from './part.ts';

/** Kubernetes' and etcd's tools of a machine, at the machine's version. */
export function kubernetesPart(tools: ToolPath, version: string): ImagePart {
  const bind = (name: string, here: string): RootBind => ({
    here: realpathSync(here),
    there: `/usr/bin/${name}`,
    mode: 'ro',
  });
  return {
    binds: [
      ...['kubeadm', 'kubelet', 'kubectl'].map((name) => bind(name, tools(name, version))),
      bind('crictl', tools('crictl')),
      bind('etcdctl', tools('etcdctl')),
    ],
  };
}

/**
 * The AWS CLI, told where AWS is. A script of Python: its interpreter and the packages beside it are seen at the paths that
 * they have here.
 */
export function awsPart(aws: string, endpoint: string): ImagePart {
  const script = realpathSync(aws);
  const [, interpreter = ''] = /^#!\s*(\S+)/.exec(readFileSync(script, 'utf8')) ?? [];
  const seen = [dirname(script), ...pythonPaths(interpreter)];
  return {
    files: [
      {
        path: '/usr/bin/aws',
        content: `#!/bin/sh\nAWS_ENDPOINT_URL=\${AWS_ENDPOINT_URL-${endpoint}}\nexport AWS_ENDPOINT_URL\nexec ${script} "$@"\n`,
        mode: 0o755,
      },
    ],
    binds: seen.map((path) => ({ here: realpathSync(path), there: path, mode: 'ro' as const })),
  };
}

/** What an interpreter of Python needs besides the system's libraries. */
function pythonPaths(interpreter: string): string[] {
  const question = 'import json, sys, sysconfig; print(json.dumps([sys.base_prefix, sysconfig.get_path("stdlib")]))';
  const [prefix = '', library = ''] = JSON.parse(
    execFileSync(interpreter, ['-I', '-c', question], { encoding: 'utf8' }),
  ) as string[];
  return prefix === '/usr' ? [interpreter, library] : [prefix];
}
