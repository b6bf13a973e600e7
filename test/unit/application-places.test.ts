import { describe, expect, it } from 'vitest';
import { parseApplication } from '../../application/application-file.ts';
import type { UserError } from '../../errors/index.ts';

/** An application.yaml at 1.22 with these values; line 9 is their first. */
function application(values: string, style = '|', indent = 8): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source:
    targetRevision: 1.22.8-8
    # KubeZero's values
    helm:
      values: ${style}
${values.replace(/^(?=.)/gm, ' '.repeat(indent))}`;
}

/** Problems as `line:column path: message`, the path below the values. */
function problems(text: string): string[] {
  try {
    parseApplication(text, 'a.yaml');
  } catch (error) {
    const { message, where } = error as UserError;
    const lines = message.includes('\n') ? message.split('\n').slice(1) : [`  ${where}: ${message}`];
    return lines.map((line) =>
      line
        .replace(/^ {2}a\.yaml:/, '')
        .replace('spec.source.helm.values.', '')
        .replace(/(\d+:\d+):/, '$1'),
    );
  }
  return [];
}

describe('problems of application.yaml', () => {
  it('are all named at once, in the order of the file, outside and inside the values', () => {
    const text = application(
      [
        'logging:',
        '  kibana: { cuont: 2 }',
        '  es:',
        '    nodeSets:',
        '    - name: a',
        '      count: two',
        'storrage: {}',
        'metrics:',
        '  istio:',
        '    grafana:',
        '      ipBlocks: 10.0.0.0/8',
      ].join('\n'),
    ).replace('kind: Application', 'kind: App');
    expect(problems(text)).toEqual([
      '2:7 kind: expected Application; found "App"',
      '10:21 logging.kibana.cuont: unknown key "cuont"; did you mean "count"?',
      '13:15 logging.es.nodeSets[0].storage: missing: expected a mapping of keys',
      '14:22 logging.es.nodeSets[0].count: expected a number; found "two"',
      '15:9 storrage: unknown module "storrage"; did you mean "storage"?',
      '19:25 metrics.istio.grafana.ipBlocks: expected a list; found "10.0.0.0/8"',
    ]);
  });

  it('that are something missing are shown at the key it is missing from', () => {
    expect(
      problems(
        application('logging:\n  es:\n    nodeSets:\n    - name: a\n      count: 1\n      storage:\n        class: x'),
      ),
    ).toEqual(['14:15 logging.es.nodeSets[0].storage.size: missing: expected a text']);
  });

  it('that come from an anchor are shown where they are written', () => {
    const values = 'addons: &shared\n  enabled: "yes"\nnetwork: *shared\nistio:\n  <<: *shared\n';
    expect(problems(application(values))).toEqual([
      '10:20 network.enabled: expected true or false; found "yes"',
      '10:20 addons.enabled: expected true or false; found "yes"',
      '10:20 istio.enabled: expected true or false; found "yes"',
    ]);
  });

  it('are also keys that are there twice, and aliases of nothing', () => {
    expect(problems(application('addons:\n  enabled: true\n  enabled: 3\nnetwork:\n  cilium: *there'))).toEqual([
      '11:11 addons.enabled: key "enabled" is there twice, first in line 10',
      '13:19 network.cilium: *there has no anchor &there before it',
    ]);
  });

  it('with a key that is there twice are named beside those of the schemas', () => {
    expect(problems(application('addons: {}\nnetwork: { clium: {} }\naddons: {}'))).toEqual([
      '10:20 network.clium: unknown key "clium"; did you mean "cilium"?',
      '11:9 addons: key "addons" is there twice, first in line 9',
    ]);
  });

  it('are shown at the right place behind other ways to write the block', () => {
    expect(problems(application('\n# a comment\nistoi: {}', '|-  # values'))).toEqual([
      '11:9 istoi: unknown module "istoi"; did you mean "istio"?',
    ]);
    expect(problems(application('istoi: {}', '|').replaceAll('\n', '\r\n'))).toEqual([
      '9:9 istoi: unknown module "istoi"; did you mean "istio"?',
    ]);
    expect(problems(application('istoi: {}', '|2', 10))).toEqual([
      '9:11 istoi: unknown module "istoi"; did you mean "istio"?',
    ]);
  });

  it('in values written as another kind of text are shown where that starts', () => {
    expect(problems(application('"istoi: {}"', ''))).toEqual([
      '9:9 istoi: unknown module "istoi"; did you mean "istio"?',
    ]);
  });

  it('are values that are no mapping', () => {
    expect(problems(application('just words'))).toEqual([
      '9:9 spec.source.helm.values: expected a mapping of keys; found "just words"',
    ]);
    expect(problems(application('metrics: true'))).toEqual(['9:18 metrics: expected a mapping of keys; found true']);
    expect(problems(application('# nothing yet'))).toEqual([]);
  });
});

describe('values are read as Helm reads them', () => {
  const values = (text: string) => parseApplication(application(text), 'a.yaml').values;

  it('with words that are booleans, and octal numbers', () => {
    expect(values('network: { enabled: yes, cilium: { a: 0644, b: off, c: "yes", d: 0.5, e: 2022-01-01 } }')).toEqual({
      network: { enabled: true, cilium: { a: 420, b: false, c: 'yes', d: 0.5, e: '2022-01-01' } },
    });
  });

  it('with anchors and merges', () => {
    expect(values('network:\n  enabled: true\n  cilium: &c { a: 1 }\n  metallb: { <<: *c, b: 2 }')).toEqual({
      network: { enabled: true, cilium: { a: 1 }, metallb: { a: 1, b: 2 } },
    });
  });
});
