import { type RuleGroup, record } from '../../rules.ts';
import { apiServer } from './jobs.ts';

const verbs = { read: 'verb=~"LIST|GET"', write: 'verb=~"POST|PUT|PATCH|DELETE"' };
type Verb = keyof typeof verbs;

const requests = (fn: 'rate' | 'increase', suffix: string, matchers: string, window: string) =>
  `sum by (cluster) (${fn}(apiserver_request_${suffix}{${matchers}}[${window}]))`;

/** Requests that took longer than they may: 1 s, for lists of a namespace 5 s, of the cluster 40 s. */
function slow(fn: 'rate' | 'increase', verb: Verb, matchers: string, window: string): string {
  const fast = (more: string) => requests(fn, 'duration_seconds_bucket', `${matchers},${more}`, window);
  const all = requests(fn, 'duration_seconds_count', matchers, window);
  if (verb === 'write') return `${all} - ${fast('le="1"')}`;
  return `${all} - (
    (${fast('scope=~"resource|",le="1"')} or vector(0))
    + ${fast('scope="namespace",le="5"')}
    + ${fast('scope="cluster",le="40"')}
  )`;
}

/** Share of requests that failed or were slow. */
function burnRate(verb: Verb, window: string) {
  const matchers = `${apiServer},${verbs[verb]}`;
  return record(
    `apiserver_request:burnrate${window}`,
    `(
  (${slow('rate', verb, matchers, window)})
  + ${requests('rate', 'total', `${matchers},code=~"5.."`, window)}
)
/ ${requests('rate', 'total', matchers, window)}`,
    { verb },
  );
}

const windows = ['1d', '1h', '2h', '30m', '3d', '5m', '6h'];
const total = 'apiserver_request_total';
const latency = 'cluster_quantile:apiserver_request_duration_seconds:histogram_quantile';

/** Share of good requests within 30 days. */
function availability(verb: Verb | 'all', tooSlow: string) {
  const counted = (more = '') => {
    const matchers = [...(verb === 'all' ? [] : [`verb="${verb}"`]), ...(more ? [more] : [])].join(',');
    return `code:apiserver_request_total:increase30d${matchers ? `{${matchers}}` : ''}`;
  };
  return record(
    'apiserver_request:availability30d',
    `1 - (
  ${tooSlow}
  + sum by (cluster) (${counted('code=~"5.."')} or vector(0))
)
/ sum by (cluster) (${counted()})`,
    { verb },
  );
}

/** What the API servers' error budget and latency are computed from. */
export const apiServerRecords: RuleGroup[] = [
  {
    name: 'kube-apiserver-burnrate.rules',
    rules: (['read', 'write'] as const).flatMap((verb) => windows.map((window) => burnRate(verb, window))),
  },
  {
    name: 'kube-apiserver-histogram.rules',
    rules: [
      ...(['read', 'write'] as const).map((verb) =>
        record(
          latency,
          `histogram_quantile(0.99,
  sum by (cluster, le, resource) (rate(apiserver_request_duration_seconds_bucket{${apiServer},${verbs[verb]}}[5m]))
) > 0`,
          { quantile: '0.99', verb },
        ),
      ),
      ...['0.99', '0.9', '0.5'].map((quantile) =>
        record(
          latency,
          `histogram_quantile(${quantile}, sum without (instance, pod) (rate(
  apiserver_request_duration_seconds_bucket{${apiServer},subresource!="log",verb!~"LIST|WATCH|WATCHLIST|DELETECOLLECTION|PROXY|CONNECT"}[5m]
)))`,
          { quantile },
        ),
      ),
    ],
  },
  {
    name: 'kube-apiserver-availability.rules',
    interval: '3m',
    rules: [
      record(
        'code_verb:apiserver_request_total:increase30d',
        'avg_over_time(code_verb:apiserver_request_total:increase1h[30d]) * 24 * 30',
      ),
      ...(['read', 'write'] as const).map((verb) =>
        record(
          'code:apiserver_request_total:increase30d',
          `sum by (cluster, code) (code_verb:apiserver_request_total:increase30d{${verbs[verb]}})`,
          { verb },
        ),
      ),
      availability(
        'all',
        `(${slow('increase', 'write', verbs.write, '30d')})
  + (${slow('increase', 'read', verbs.read, '30d')})`,
      ),
      availability('read', `(${slow('increase', 'read', `${apiServer},${verbs.read}`, '30d')})`),
      availability('write', `(${slow('increase', 'write', verbs.write, '30d')})`),
      ...(['read', 'write'] as const).map((verb) =>
        record(
          'code_resource:apiserver_request_total:rate5m',
          `sum by (cluster, code, resource) (rate(${total}{${apiServer},${verbs[verb]}}[5m]))`,
          { verb },
        ),
      ),
      // One rule per class of codes, so that none has too many series.
      ...[2, 3, 4, 5].map((code) =>
        record(
          'code_verb:apiserver_request_total:increase1h',
          `sum by (cluster, code, verb) (
  increase(${total}{${apiServer},verb=~"LIST|GET|POST|PUT|PATCH|DELETE",code=~"${code}.."}[1h])
)`,
        ),
      ),
    ],
  },
];
