import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { releases } from '../../releases/index.ts';
import type { StandInChart } from './chart.ts';
import { argoCd } from './data/argocd.ts';
import { certManager } from './data/cert-manager.ts';
import { gitea, gocd, jenkins, trivy } from './data/ci.ts';
import { mariadbGalera, redis, redisCluster } from './data/databases.ts';
import { gateway, ingressGateway } from './data/gateways.ts';
import { base, istiod, kiali } from './data/istio.ts';
import { eckOperator, fluentBit, fluentd } from './data/logging.ts';
import { kubePrometheusStack } from './data/metrics.ts';
import { prometheusAdapter, pushgateway } from './data/metrics-adapter.ts';
import { cilium, externalDns, metallb, terminationHandler } from './data/node.ts';
import { nats, rabbitmq } from './data/queues.ts';
import { ebs, efs, gemini, lvm } from './data/storage.ts';
import { atRealSize } from './real-size.ts';
import { renderTemplates, toYaml } from './template.ts';

/** Charts that the releases pin as stand-ins, those of one chart from its oldest version to its newest. */
export const standInCharts: StandInChart[] = [
  ...(['1.6.1', '1.8.0'] as const).map(certManager),
  ...(['1.11.5', '1.13.3'] as const).flatMap((version) => [base(version), istiod(version)]),
  ingressGateway(),
  gateway(),
  kiali(),
  ...(['1.6.0', '2.1.0'] as const).map(eckOperator),
  ...(['0.3.5', '0.3.7'] as const).map(fluentd),
  ...(['0.19.18', '0.19.23'] as const).map(fluentBit),
  ...(['30.2.0', '34.9.0'] as const).map(kubePrometheusStack),
  ...(['3.0.1', '3.2.0'] as const).map(prometheusAdapter),
  ...(['1.14.0', '1.16.1'] as const).map(pushgateway),
  ...(['3.33.8', '4.5.4'] as const).map(argoCd),
  ...(['1.10.5', '1.11.3'] as const).map(cilium),
  metallb(),
  ...(['0.16.0', '0.18.3'] as const).map(terminationHandler),
  externalDns(),
  ...(['2.6.3', '2.6.7'] as const).map(ebs),
  ...(['2.2.3', '2.2.6'] as const).map(efs),
  ...(['0.8.6', '0.9.0'] as const).map(lvm),
  gemini(),
  ...(['1.39.4', '1.40.8'] as const).map(gocd),
  ...(['5.0.0', '5.0.5'] as const).map(gitea),
  ...(['3.11.3', '3.12.2'] as const).map(jenkins),
  ...(['0.4.9', '0.4.12'] as const).map(trivy),
  nats(),
  ...(['8.13.1', '9.0.3'] as const).map(rabbitmq),
  redis(),
  redisCluster(),
  mariadbGalera(),
];

/** Where a release pins a version that no stand-in was written for: the newest one of that chart, under that version. */
export function standInsFor(pins: readonly { chart: string; version: string }[]): StandInChart[] {
  const all = [...standInCharts];
  for (const { chart, version } of pins) {
    const known = all.filter((one) => one.chart === chart);
    const newest = known.at(-1);
    if (newest && !known.some((one) => one.version === version))
      all.push({ ...newest, version, asOf: newest.asOf ?? newest.version });
  }
  return all;
}

const annotation = 'kubezero.stand-in';

/**
 * Schemas of the CRDs. `real`: as large as upstream's, with as many properties, made up; what CRDs cost shows. `small`:
 * none to speak of, for what has nothing to do with CRDs and should be quick or readable.
 */
export type StandInSize = 'real' | 'small';

/**
 * Writes all stand-in charts into a directory, as `<chart>-<version>/`. They have the workload names, CRDs and webhook
 * configurations of the upstream charts and read the values that our modules set; what runs in them never starts.
 * @param options  size of their CRDs, default `real`
 */
export async function writeStandInCharts(
  directory: string,
  { size = 'real' }: { size?: StandInSize } = {},
): Promise<void> {
  const pins = Object.values(releases).flatMap(({ charts }) => Object.values(charts));
  for (const chart of standInsFor(pins)) {
    write(join(directory, `${chart.chart}-${chart.version}`), size === 'real' ? atRealSize(chart) : chart);
  }
}

function write(directory: string, { chart, version, asOf, appVersion, values, objects, crds }: StandInChart): void {
  mkdirSync(join(directory, 'templates'), { recursive: true });
  const metadata = {
    apiVersion: 'v2',
    name: chart,
    version,
    appVersion,
    description: `Stand-in for ${chart} ${version}, for rehearsals: same names${asOf ? ` as in ${asOf}` : ''}, nothing that runs`,
    annotations: { [annotation]: 'true' },
  };
  writeFileSync(join(directory, 'Chart.yaml'), stringify(metadata));
  writeFileSync(join(directory, 'values.yaml'), stringify(values ?? {}));
  writeFileSync(join(directory, 'templates', 'objects.yaml'), renderTemplates(objects));
  if (!crds) return;
  mkdirSync(join(directory, 'crds'), { recursive: true });
  writeFileSync(join(directory, 'crds', 'crds.yaml'), crds.map((crd) => `---\n${toYaml(crd)}`).join(''));
}
