import { stringify } from 'yaml';

/**
 * Text of a Helm template inside an object: written into the file as it is, so that it may also be a number, a list or
 * a map when Helm has filled it in.
 */
export function template(text: string): string {
  return `tpl_${Buffer.from(text).toString('base64')}_tpl`;
}

function goPath(path: string): string {
  return path
    .split('/')
    .map((part) => `"${part}"`)
    .join(' ');
}

/** A value of the chart by its path (`controller/replicaCount`), as JSON; `fallback` is a template expression. */
export function value(path: string, fallback = '(dict)'): string {
  return template(`{{ dig ${goPath(path)} ${fallback} .Values.AsMap | toJson }}`);
}

/** A list value, behind these entries; templates in them are filled in. */
export function list(path: string, ...more: unknown[]): string {
  const entries = JSON.stringify(filledIn(JSON.stringify(more)));
  const extra = more.length > 0 ? `(tpl ${entries} $ | fromJsonArray)` : '(list)';
  return template(`{{ concat ${extra} (dig ${goPath(path)} (list) .Values.AsMap) | toJson }}`);
}

/** Condition: a value that is true. */
export function on(path: string, fallback = 'false'): string {
  return `(dig ${goPath(path)} ${fallback} .Values.AsMap)`;
}

/** From this Kubernetes version on, as the charts ask for it. */
export function kubernetesFrom(version: string): string {
  return `(semverCompare ">=${version}-0" .Capabilities.KubeVersion.GitVersion)`;
}

/** An object of a chart's templates. */
export interface StandInObject {
  /** Condition it is rendered on. */
  when?: string;
  /** Rendered once for each entry of this list; its templates then see the entry. */
  each?: string;
  object: { apiVersion: string; kind: string; metadata: object; [field: string]: unknown };
}

/** Templates of these objects, each marked as a stand-in. */
export function renderTemplates(objects: StandInObject[]): string {
  return objects.map(renderTemplate).join('');
}

function renderTemplate({ when, each, object }: StandInObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  const labels = (metadata as { labels?: Record<string, string> }).labels;
  const marked = {
    apiVersion,
    kind,
    metadata: { ...metadata, labels: typeof labels === 'string' ? labels : { ...labels, 'kubezero.stand-in': 'true' } },
    ...rest,
  };
  let text = `---\n${toYaml(marked)}`;
  if (each) text = `{{- range ${each} }}\n${text}{{- end }}\n`;
  return when ? `{{- if ${when} }}\n${text}{{- end }}\n` : text;
}

/** YAML without anchors, with template texts in place. */
export function toYaml(object: unknown): string {
  return filledIn(stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
}

/** Template texts in place of what stands for them. */
function filledIn(text: string): string {
  return text.replaceAll(/tpl_([A-Za-z0-9+/=]+)_tpl/g, (_, packed: string) => Buffer.from(packed, 'base64').toString());
}
