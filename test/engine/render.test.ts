import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { renderEnvironment } from '../../automation/engine/render.ts';
import { ChartStore } from '../../charts/index.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { releases } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { writeStandInCharts } from '../../sandbox/charts/index.ts';
import { placeholderFacts } from '../../stacks/facts.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { everything } from './everything.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-render-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** On a machine without cluster, state backend and charts; a fresh clone has no more. */
async function kubezero(...args: string[]) {
  const { PULUMI_BACKEND_URL: _, KUBEZERO_CHARTS: __, ...env } = process.env;
  return execa(process.execPath, [join(repositoryRoot, 'bin/kubezero.js'), ...args], {
    cwd: directory,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { ...env, KUBEZERO_STACKS: join(repositoryRoot, 'stacks'), KUBECONFIG: join(directory, 'none') },
  });
}

describe('kubezero render, offline', () => {
  it('prints a module as YAML: definitions, namespace, objects; the rest goes to stderr', async () => {
    const { exitCode, stdout, stderr } = await kubezero('render', 'demo', 'cert-manager');
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(exitCode).toBe(0);
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['CustomResourceDefinition', 'Namespace', 'Deployment', 'ClusterIssuer']),
    );
    expect(stdout).not.toContain('pulumi.com/');
    expect(stderr).toMatch(
      /^demo at 1\.21: \d+ objects of 1 modules\nplaceholders for account, roles, bucket and issuer: /,
    );
    expect(stderr).toMatch(/^charts: .+/m);
  });

  it('writes a file per object, without what is secret unless told', async () => {
    const read = async (...more: string[]) => {
      const out = join(directory, `out${more.length}`);
      const { exitCode } = await kubezero('render', 'demo', 'logging', '--release', '1.22', '--out', out, ...more);
      expect(exitCode).toBe(0);
      const files = readdirSync(join(out, 'logging'));
      expect(files).toContain('StatefulSet.logging.elastic-operator.yaml');
      const secrets = files.filter((file) => file.startsWith('Secret.'));
      return secrets.map((file) => readFileSync(join(out, 'logging', file), 'utf8')).join('\n');
    };
    expect(await read()).toContain('(secret)');
    expect(await read('--show-secrets')).not.toContain('(secret)');
  });

  it('with --check says which APIs later Kubernetes no longer serves', async () => {
    const { exitCode, stdout } = await kubezero('render', 'demo', 'logging', '--check');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Kubernetes 1.21.9 serves every API in it');
    expect(stdout).toMatch(
      /logging: apiextensions\.k8s\.io\/v1beta1 CustomResourceDefinition, not served from Kubernetes 1\.22 on \(use apiextensions\.k8s\.io\/v1\): agents\.agent\.k8s\.elastic\.co, /,
    );
  });

  it('knows modules that are off, and those that are misspelled', async () => {
    expect((await kubezero('render', 'demo', 'loging')).stderr).toContain('Did you mean "logging"?');
    expect((await kubezero('render', 'demo', 'mq')).stderr).toContain(`Module "mq" isn't switched on at 1.21.`);
  });
});

describe('everything on', () => {
  const render = async (release: ReleaseId) => {
    const charts = join(directory, 'charts');
    await writeStandInCharts(charts, { size: 'small' });
    const environment = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
    const variables = await pulumiEnvironment(await ensureTools(['engine']));
    const facts = placeholderFacts(environment, releases[release]!.kubernetesVersion);
    const args = { release, values: everything(release), facts };
    const engine = {
      variables: { ...variables, PULUMI_HOME: variables.PULUMI_HOME! },
      charts: new ChartStore({ given: [charts], env: process.env }),
    };
    return renderEnvironment(environment, args, { engine });
  };
  const removedIn122 = ({ until }: { until?: string }) => until === '1.22';

  it('at 1.22 uses no API that 1.22 removed', async () => {
    const { unserved, deprecated } = await render('1.22');
    expect(unserved).toEqual([]);
    expect(deprecated.filter(removedIn122)).toEqual([]);
  });

  it('at 1.21 uses of those that 1.22 removed only the one for ECK’s definitions', async () => {
    const { unserved, deprecated } = await render('1.21');
    expect(unserved).toEqual([]);
    expect(
      deprecated.filter(removedIn122).map(({ module, kind, objects }) => ({ module, kind, count: objects.length })),
    ).toEqual([{ module: 'logging', kind: 'CustomResourceDefinition', count: 7 }]);
  });
});
