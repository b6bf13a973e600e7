import { valuesAt } from '../../application/migration/index.ts';
import type { Release } from '../../releases/release.ts';
import { clusterFacts } from '../../stacks/facts.ts';
import { chartsWanted, describeApi, type RenderedEnvironment, type RenderingArgs } from '../../stacks/rendering.ts';
import { renderEnvironment } from '../engine/render.ts';
import type { UpgradeContext } from './context.ts';

/** Why the modules of the new release couldn't be deployed, as far as can be known before the first change. */
export async function renderingProblems(context: UpgradeContext): Promise<string[]> {
  const { environment, engine, to } = context;
  const args = await argsAt(context, to);
  const missing = chartsWanted(args).filter((pin) => !engine.charts.search(pin).found);
  if (missing.length > 0) {
    const names = missing.map(({ chart, version }) => `${chart} ${version}`).join(', ');
    return [`charts of ${to.id} are nowhere to be found: ${names} (kubezero charts pull ${environment.name})`];
  }
  const { unserved } = await render(context, args);
  return unserved.map(
    (api) => `${to.id} would deploy what Kubernetes ${to.kubernetesVersion} doesn't serve: ${describeApi(api)}`,
  );
}

/** What the release that is deployed uses and the new one's Kubernetes no longer serves: the upgrade replaces it. */
export async function replacedApis(context: UpgradeContext): Promise<string[]> {
  const { from, to } = context;
  const { unserved } = await render(context, await argsAt(context, from), to.kubernetesVersion);
  return unserved.map((api) => `replaced on the way: ${describeApi(api)}`);
}

async function argsAt({ environment, stacks }: UpgradeContext, release: Release): Promise<RenderingArgs> {
  const { id, kubernetesVersion } = release;
  const facts = clusterFacts(environment, await stacks.deployed('network'), { kubernetesVersion });
  return { release: id, values: valuesAt(environment, id), facts };
}

function render(
  { environment, engine, signal }: UpgradeContext,
  args: RenderingArgs,
  against?: string,
): Promise<RenderedEnvironment> {
  return renderEnvironment(environment, { ...args, against }, { engine, signal });
}
