import * as pulumi from '@pulumi/pulumi';
import { type ChartStore, chartCrds, isCrd } from '../charts/index.ts';
import { UserError } from '../errors/index.ts';
import { helmError } from '../pulumi/messages.ts';
import type { ChartPin } from '../releases/release.ts';
import type { ChartInstance, CrdSource, KubernetesObject, ModuleManifest, Values } from './definition.ts';
import { makesThingsUp, markGenerated } from './generated.ts';
import { identity } from './objects.ts';

/** What the rendering of charts needs besides their values. */
export interface Renderer {
  charts: ChartStore;
  /** Kubernetes provider, whose Helm renders. */
  provider: pulumi.ProviderResource;
  /** Version of the API servers, e.g. `1.21.9`. */
  kubernetesVersion: string;
  /** Render charts too that are delivered as components of their own. */
  components?: boolean;
}

/**
 * API groups that charts ask for and Helm without a cluster doesn't know. Without the last one prometheus-adapter
 * registers its API at a version that Kubernetes 1.22 doesn't serve.
 */
const apiVersions = ['monitoring.coreos.com/v1', 'snapshot.storage.k8s.io/v1', 'apiregistration.k8s.io/v1'];

interface Rendering {
  pin: ChartPin;
  releaseName: string;
  namespace: string;
  values: Values;
  includeCrds: boolean;
}

async function template(
  { charts, provider, kubernetesVersion }: Renderer,
  rendering: Rendering,
  turn: 'first' | 'again' = 'first',
): Promise<KubernetesObject[]> {
  const { pin, releaseName, namespace, values, includeCrds } = rendering;
  const options = {
    path: charts.find(pin),
    release_name: releaseName,
    namespace,
    values,
    api_versions: apiVersions,
    kube_version: `v${kubernetesVersion}`,
    skip_crd_rendering: !includeCrds,
  };
  const jsonOpts = JSON.stringify(options);
  const { renderings } = memoryOf(charts);
  const known = renderings.get(turn + jsonOpts);
  if (known) return structuredClone(known);
  const { result } = (await pulumi.runtime
    .invoke('kubernetes:helm:template', { jsonOpts }, { provider })
    .catch((cause: unknown) => {
      throw cannotRender(rendering, options.path, cause);
    })) as { result?: (KubernetesObject | null)[] };
  const objects = (result ?? []).flatMap((object) => {
    if (!object) return [];
    return object.kind.endsWith('List') && Array.isArray(object.items)
      ? (object.items as KubernetesObject[])
      : [object];
  });
  renderings.set(turn + jsonOpts, objects);
  return structuredClone(objects);
}

/**
 * What is known of the charts of a run: an upgrade updates the modules' stack a dozen times, and each time all charts but
 * one or two are as they were.
 */
interface Memory {
  /** By everything that goes into a rendering. */
  renderings: Map<string, KubernetesObject[]>;
  /** Whether a chart makes things up, by its directory. */
  makingUp: Map<string, boolean>;
  /** What charts have in their `crds/` folders, by their directories: megabytes of YAML. */
  crds: Map<string, KubernetesObject[]>;
}

function memoryOf(charts: ChartStore): Memory {
  const memory = memories.get(charts) ?? { renderings: new Map(), makingUp: new Map(), crds: new Map() };
  memories.set(charts, memory);
  return memory;
}

const memories = new WeakMap<ChartStore, Memory>();

function cannotRender({ pin, releaseName }: Rendering, path: string, cause: unknown): unknown {
  const text = cause instanceof Error ? cause.message : String(cause);
  const helm = helmError(text);
  // Anything else isn't about the chart: an API server that can't be reached, a provider that is gone.
  if (!helm) return cause;
  return new UserError(`Helm can't render ${pin.chart} ${pin.version}: ${helm}`, {
    where: path,
    fix: `Check the values of ${releaseName} in application.yaml, and that this directory is the unchanged upstream chart.`,
    state: 'Nothing was changed.',
    cause,
  });
}

/**
 * Objects of a chart without its CRDs, patched as KubeZero's copy of it is. What the chart makes up is marked: it is
 * rendered twice where it might.
 */
async function renderChart(renderer: Renderer, chart: ChartInstance, namespace: string): Promise<KubernetesObject[]> {
  const rendering = { ...chart, namespace, includeCrds: false };
  const patched = async (turn?: 'again') => {
    const objects = (await template(renderer, rendering, turn)).filter(isDeployed);
    return objects.flatMap((object) => (chart.patch ? (chart.patch(object) ?? []) : object));
  };
  const objects = await patched();
  const path = renderer.charts.find(chart.pin);
  const { makingUp } = memoryOf(renderer.charts);
  if (!makingUp.has(path)) makingUp.set(path, makesThingsUp(path));
  if (!makingUp.get(path)) return objects;
  const again = new Map((await patched('again')).map((object) => [identity(object), object]));
  return objects.map((object) => markGenerated(object, again.get(identity(object)) ?? object));
}

/**
 * Hooks of installing and upgrading are ordinary objects here, as in KubeZero's bootstrap; a chart's tests and what it
 * would run at its deletion or rollback are none.
 */
function isDeployed(object: KubernetesObject): boolean {
  const hooks = object.metadata.annotations?.['helm.sh/hook']?.split(',').map((hook) => hook.trim());
  const deployed = hooks?.some((hook) => /^(pre|post)-(install|upgrade)$|^crd-install$/.test(hook)) ?? true;
  return deployed && !isCrd(object);
}

/** Every object of a module's manifest but its CRDs; charts delivered as components only where the renderer says so. */
export async function renderManifest(renderer: Renderer, manifest: ModuleManifest): Promise<KubernetesObject[]> {
  const charts = await Promise.all(
    manifest.charts
      .filter(({ delivery }) => renderer.components || delivery !== 'cert-manager-component')
      .map((chart) => renderChart(renderer, chart, manifest.namespace.name)),
  );
  return [...charts.flat(), ...manifest.objects];
}

/** CRDs of a chart; nobody changes them. */
function crdsOf(charts: ChartStore, pin: ChartPin): KubernetesObject[] {
  const { crds } = memoryOf(charts);
  const path = charts.find(pin);
  const found = crds.get(path) ?? chartCrds(charts, pin);
  crds.set(path, found);
  return found;
}

/** CRDs of these sources; of two with the same name the first counts. */
export async function renderCrds(renderer: Renderer, sources: CrdSource[]): Promise<KubernetesObject[]> {
  const found = await Promise.all(
    sources.map((source): KubernetesObject[] | Promise<KubernetesObject[]> => {
      if (source.from === 'objects') return source.objects;
      if (source.from === 'chart') return crdsOf(renderer.charts, source.pin);
      return template(renderer, {
        pin: source.pin,
        releaseName: source.pin.chart,
        namespace: 'default',
        values: source.values,
        includeCrds: true,
      });
    }),
  );
  const byName = new Map<string, KubernetesObject>();
  for (const crd of found.flat().filter(isCrd)) {
    if (!byName.has(crd.metadata.name)) byName.set(crd.metadata.name, crd);
  }
  return [...byName.values()];
}
