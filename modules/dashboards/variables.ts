import type { DashboardLink, Variable } from './model.ts';

/** Which Prometheus the dashboard asks; the one that comes with the metrics module has this name. */
export const datasourceVariable: Variable = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  current: { text: 'Prometheus', value: 'Prometheus' },
  refresh: 1,
};

export interface VariableOptions {
  /** What the selection is called. Default: the name. */
  label?: string;
  /** Several values at once, and all of them to begin with: use it with `=~`. */
  multi?: boolean;
  /** One value, or all of them: use it with `=~`. */
  all?: boolean;
  /** Part of the values to take, as Grafana has it: `/.../`. */
  regex?: string;
  /** Not shown: follows from the others. */
  hidden?: boolean;
}

/** A selection of a label's values, e.g. `variable('namespace', 'label_values(kube_pod_info, namespace)')`. */
export function variable(name: string, query: string, options: VariableOptions = {}): Variable {
  const { label, multi = false, all = false, regex = '', hidden = false } = options;
  const allowsAll = multi || all;
  return {
    name,
    ...(label ? { label } : {}),
    ...(hidden ? { hide: 2 } : {}),
    type: 'query',
    datasource: { type: 'prometheus', uid: '$datasource' },
    query: { query, refId: 'StandardVariableQuery' },
    definition: query,
    regex,
    // When the time range changes.
    refresh: 2,
    // By the alphabet.
    sort: 1,
    multi,
    includeAll: allowsAll,
    ...(allowsAll
      ? { allValue: '.*', current: multi ? { text: ['All'], value: ['$__all'] } : { text: 'All', value: '$__all' } }
      : {}),
  };
}

/** A selection among given values, the first one to begin with. */
export function choice(name: string, values: [string, ...string[]], label: string): Variable {
  return {
    name,
    label,
    type: 'custom',
    query: values.join(','),
    current: { text: values[0], value: values[0] },
    options: values.map((value, index) => ({ text: value, value, selected: index === 0 })),
  };
}

/** The namespaces that have pods. */
export const namespaceVariable = (options: VariableOptions = {}) =>
  variable('namespace', 'label_values(kube_pod_info, namespace)', { label: 'Namespace', ...options });

/** Menu of the dashboards with a tag, in a dashboard's header. */
export function tagMenu(title: string, tag: string): DashboardLink {
  return {
    title,
    type: 'dashboards',
    tags: [tag],
    asDropdown: true,
    keepTime: true,
    includeVars: true,
    targetBlank: false,
  };
}

/**
 * Address of another dashboard with its variables set, e.g.
 * `dashboardUrl('kubezero-pod', { namespace: '$namespace', pod: '${__value.text}' })`.
 */
export function dashboardUrl(uid: string, variables: Record<string, string> = {}): string {
  const given = Object.entries({ datasource: '$datasource', ...variables }).map(
    ([name, value]) => `var-${name}=${value}`,
  );
  return `/d/${uid}?${given.join('&')}`;
}
