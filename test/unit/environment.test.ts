import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment, parseEnvironment } from '../../environment/environment.ts';
import { UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';

const small = `region: eu-central-1
zones: [eu-central-1a]
domain: small.example.com
workers:
  - name: general
    instanceType: m5.large
    desired: 2
`;

const parse = (text: string) => parseEnvironment('small', text, 'stacks/small/environment.yaml');

/** The error that a text is refused with. */
function refusal(text: string): UserError {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('expected to be refused');
}

describe('environment.yaml', () => {
  it('needs little: everything else has a default', () => {
    expect(parse(small)).toMatchObject({
      name: 'small',
      apiHost: 'kube-api.small.example.com',
      kubeContext: 'small',
      network: { cidr: '10.0.0.0/16', nat: 'single', apiAllowedCidrs: [] },
      controllers: { instanceType: 'm5.large', zones: ['eu-central-1a'], etcdVolumeSize: 10 },
      workers: [{ name: 'general', desired: 2, min: 2, max: 2, zones: ['eu-central-1a'], labels: {}, taints: [] }],
      policyPacks: [],
      delivery: 'pulumi',
      git: { remote: 'origin', branch: 'main' },
    });
  });

  it('of the demo has three controllers, and two worker groups', () => {
    const demo = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
    expect(demo.controllers.zones).toHaveLength(3);
    expect(demo.workers.map(({ name, desired, instanceType }) => `${desired} ${name} ${instanceType}`)).toEqual([
      '3 general m5.large',
      '1 neuron inf1.xlarge',
    ]);
    expect(demo.directory).toBe(join(repositoryRoot, 'stacks'));
  });

  it('that lacks a key says where and what was expected', () => {
    const error = refusal(small.replace('domain: small.example.com\n', ''));
    expect(error.message).toBe('domain: missing: expected a DNS domain such as demo.example.com');
    expect(error.where).toBe('stacks/small/environment.yaml:1:1');
    expect(error.state).toBe('nothing was touched');
  });

  it('with an unknown key names the nearest one that exists', () => {
    const error = refusal(small.replace('instanceType', 'instanceTyp'));
    expect(error.message).toContain('workers[0].instanceTyp: unknown key "instanceTyp"; did you mean "instanceType"?');
    expect(error.message).toContain('stacks/small/environment.yaml:6:5:');
  });

  it('with a value of the wrong type says what is there instead', () => {
    const error = refusal(small.replace('desired: 2', 'desired: two'));
    expect(error.message).toBe('workers[0].desired: expected a number; found "two"');
    expect(error.where).toBe('stacks/small/environment.yaml:7:14');
  });

  it('names every problem at once, in the order of the file', () => {
    const error = refusal(
      `${small.replace('zones: [eu-central-1a]', 'zones: [eu-west-1a]')}    labels: { env: 1 }\nnat: single\n`,
    );
    expect(error.message.split('\n')).toEqual([
      'stacks/small/environment.yaml has 3 problems:',
      '  stacks/small/environment.yaml:2:9: zones[0]: expected a zone of eu-central-1; found "eu-west-1a"',
      '  stacks/small/environment.yaml:8:20: workers[0].labels.env: expected a text; found 1',
      expect.stringContaining('stacks/small/environment.yaml:9:1: nat: unknown key "nat"'),
    ]);
  });

  it('with a key that is there twice, or an alias of nothing, names them beside its other problems', () => {
    const error = refusal(`${small.replace('desired: 2', 'desired: two')}region: *there\n`);
    expect(error.message.split('\n').slice(1)).toEqual([
      '  stacks/small/environment.yaml:8:1: region: key "region" is there twice, first in line 1',
      '  stacks/small/environment.yaml:8:9: region: *there has no anchor &there before it',
    ]);
    expect(
      refusal(`${small.replace('desired: 2', 'desired: two')}region: eu-central-1\n`)
        .message.split('\n')
        .slice(1),
    ).toEqual([
      '  stacks/small/environment.yaml:7:14: workers[0].desired: expected a number; found "two"',
      '  stacks/small/environment.yaml:8:1: region: key "region" is there twice, first in line 1',
    ]);
  });

  it('that isn’t YAML says where it breaks', () => {
    const error = refusal('region: [eu-central-1\nzones: x');
    expect(error.message).toMatch(/^(stacks\/small\/environment\.yaml has \d problems:\n {2}stacks.*: )?broken YAML: /);
    expect(error.where).toMatch(/^stacks\/small\/environment\.yaml:\d+:\d+$/);
  });

  it('that is empty isn’t taken for one with defaults', () => {
    expect(refusal('').message).toBe('expected a mapping of keys; found nothing');
  });

  it('with two worker groups of one name points at both', () => {
    const error = refusal(`${small}  - { name: general, instanceType: m5.large, desired: 1 }\n`);
    expect(error.message).toBe('workers[1].name: worker group "general" exists already: workers[0].name');
    expect(error.where).toBe('stacks/small/environment.yaml:8:13');
  });

  it('finds a duplicate worker group also beside other problems of the groups', () => {
    const error = refusal(`${small}  - { name: general, instanceType: m5.large }\n`);
    expect(error.message).toContain('worker group "general" exists already');
    expect(error.message).toContain('workers[1].desired: missing');
  });

  it.each([
    ['10.0.0.0/28', '10.0.0.0/28 is too small: 3 zones need a public and a private subnet each; expected at least /25'],
    ['10.0.0.0/8', 'AWS takes no network larger than /16; found /8'],
    ['10.0.0.1/16', 'expected the first address of an IPv4 network, such as 10.0.0.0/16; found "10.0.0.1/16"'],
    ['10.244.0.0/16', '10.244.0.0/16 overlaps the network of the pods in the cluster, 10.244.0.0/16'],
    ['10.100.0.0/16', '10.100.0.0/16 overlaps the network of the services in the cluster, 10.96.0.0/12'],
    ['ten', 'expected an IPv4 network such as 10.0.0.0/16; found "ten"'],
  ])('with the network %s is refused', (cidr, message) => {
    const text = small.replace('[eu-central-1a]', '[eu-central-1a, eu-central-1b, eu-central-1c]');
    expect(refusal(`${text}network: { cidr: ${cidr} }\n`).message).toContain(`network.cidr: ${message}`);
  });

  it('with two controllers is refused: etcd would be no safer than with one', () => {
    const error = refusal(small.replace('[eu-central-1a]', '[eu-central-1a, eu-central-1b]'));
    expect(error.message).toContain('controllers: expected an odd number of controllers');
  });

  it.each([
    ['min: 3', 'workers[0].min: expected at most desired (2); found 3'],
    ['max: 1', 'workers[0].max: expected at least desired (2); found 1'],
    ['zones: [eu-central-1z]', 'workers[0].zones[0]: expected one of eu-central-1a; found "eu-central-1z"'],
    ['taints: ["gpu"]', 'workers[0].taints[0]: expected a taint such as dedicated=gpu:NoSchedule; found "gpu"'],
    [
      'labels: { node-role.kubernetes.io/ingress: "" }',
      'workers[0].labels.node-role.kubernetes.io/ingress: a node may not set "node-role.kubernetes.io/ingress" on itself',
    ],
  ])('with a worker group of %s is refused', (line, message) => {
    expect(refusal(`${small}    ${line}\n`).message).toContain(message);
  });

  it('takes the labels that KubeZero’s modules look for', () => {
    const labels =
      'labels: { node.kubernetes.io/ingress.public: "", node.kubernetes.io/lvm: openebs, example.com/team: a }';
    expect(parse(`${small}    ${labels}\n`).workers[0]?.labels).toHaveProperty('node.kubernetes.io/lvm', 'openebs');
  });
});

describe('an environment that isn’t there', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubezero-environments-'));
    for (const name of ['demo', 'staging']) {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'environment.yaml'), small);
    }
    mkdirSync(join(directory, 'notes'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is answered with those that are', () => {
    expect(() => loadEnvironment('production', directory)).toThrow(
      expect.objectContaining({
        message: 'there is no environment "production"',
        fix: expect.stringContaining('demo, staging'),
      }),
    );
  });

  it('is answered with the one that was meant', () => {
    expect(() => loadEnvironment('stagign', directory)).toThrow(
      expect.objectContaining({ fix: 'did you mean "staging"? There are: demo, staging' }),
    );
  });

  it('is no way out of the environments directory', () => {
    expect(() => loadEnvironment('../demo', directory)).toThrow('"../demo" is no name of an environment');
  });
});
