import type { RefusedKey } from '../definition.ts';

const fixed = 'isn’t forwarded by KubeZero’s umbrella chart either; it is fixed';

const fixedOf = (chart: string, keys: string[]): RefusedKey[] =>
  keys.map((key) => ({ key: `${chart}.${key}`, why: fixed }));

/** Keys of KubeZero's chart that its umbrella chart keeps for itself. */
export const refused: RefusedKey[] = [
  { key: 'es.prometheus', why: 'follows the module `metrics`: with it Elasticsearch is scraped' },
  {
    key: 'eck-operator.installCRDs',
    why: 'is fixed: the definitions are delivered apart, before the operator, and outlive it',
  },
  { key: 'fluentd.metrics', why: 'follows the module `metrics`: with it fluentd is scraped' },
  { key: 'fluentd.shared_key', why: 'is that of `fluent-bit.config.output.sharedKey`, so that the two always fit' },
  { key: 'fluentd.env', why: 'is called `fluentd.extraEnvVars`, which adds to the variables that are fixed' },
  ...fixedOf('fluentd', [
    'image',
    'kind',
    'service',
    'dashboards',
    'podSecurityPolicy',
    'plugins',
    'volumes',
    'volumeMounts',
    'resources',
    'fileConfigs',
  ]),
  { key: 'fluent-bit.serviceMonitor', why: 'follows the module `metrics`: with it fluent-bit is scraped' },
  ...fixedOf('fluent-bit', [
    'image',
    'tolerations',
    'resources',
    'luaScripts',
    'daemonSetVolumes',
    'daemonSetVolumeMounts',
    'testFramework',
  ]),
];
