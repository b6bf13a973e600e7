import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { programKey } from '../../../infra/node/boot-program.ts';
import { repositoryRoot } from '../../../repository/root.ts';

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

const file = (...names: string[]) => readFileSync(join(repositoryRoot, 'pipelines', ...names), 'utf8');
const policy = (name: string) => JSON.parse(file('aws', name)) as { Statement: Statement[] };
const actionsOf = (name: string) => policy(name).Statement.flatMap(({ Action }) => Action);
const allows = (actions: string[], wanted: string) =>
  actions.some((action) => new RegExp(`^${action.replaceAll('*', '.*')}$`).test(wanted));

/** Source files below a directory of this repository. */
function sources(directory: string): string[] {
  const entries = readdirSync(join(repositoryRoot, directory), { recursive: true, encoding: 'utf8' });
  return entries
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(repositoryRoot, directory, name), 'utf8'));
}

describe('the AWS roles', () => {
  /** Services of the resources that infra makes, as IAM calls them. */
  const services = [
    ...new Set(
      sources('infra').flatMap((text) =>
        [...text.matchAll(/'@pulumi\/aws\/(\w+)\/\w+\.js'/g)].map(([, name]) => name as string),
      ),
    ),
  ];
  const iamNames: Record<string, string> = { vpc: 'ec2', ebs: 'ec2', cloudwatch: 'events' };

  it('know every service that the stacks have resources of', () => {
    expect(services.length).toBeGreaterThan(7);
    for (const service of services) {
      const prefix = `${iamNames[service] ?? service}:`;
      expect(actionsOf('read.json').some((action) => action.startsWith(prefix))).toBe(true);
      expect(actionsOf('apply.json').some((action) => action.startsWith(prefix))).toBe(true);
    }
  });

  it('allow what the commands ask AWS themselves', () => {
    const asked = sources('automation').flatMap((text) =>
      [...text.matchAll(/callAws\(\s*'(\w+:\w+)'/g)].map(([, name]) => name as string),
    );
    expect(asked.length).toBeGreaterThan(5);
    const all = [...actionsOf('read.json'), ...actionsOf('apply.json')];
    expect(asked.filter((action) => !allows(all, action))).toEqual([]);
    // A preview and the search for drift make no change that the reading role lacks.
    const reading = asked.filter((action) => /:(Describe|Get|List)/.test(action));
    expect(reading.filter((action) => !allows(actionsOf('read.json'), action))).toEqual([]);
  });

  it('to read with can’t change anything', () => {
    const changing = actionsOf('read.json').filter((action) => !/:(Describe|Get|List)|^kms:Decrypt$/.test(action));
    expect(changing).toEqual([]);
  });

  it('to apply with hands on no role but those of the environment, and none to anyone but machines', () => {
    const [roles, passing] = ['Roles', 'RolesOfMachines'].map((sid) =>
      policy('apply.json').Statement.find(({ Sid }) => Sid === sid),
    );
    for (const resource of roles?.Resource ?? []) expect(resource).toMatch(/<region>\.<environment>\.\*$/);
    expect(passing?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } });
  });

  it('read controllers’ scripts in the bucket where they look for changes, and write those alone where they apply', () => {
    const objects = (name: string) =>
      policy(name).Statement.filter(({ Resource }) =>
        [Resource].flat().some((arn) => /-backup-<account>\/./.test(arn)),
      );
    const program = `arn:aws:s3:::<environment>-backup-<account>/${programKey('<environment>', '*')}`;
    expect(objects('read.json')).toContainEqual(
      expect.objectContaining({ Action: ['s3:GetObject', 's3:GetObjectTagging'], Resource: program }),
    );
    // An object is never deleted: the one before stays for machines that are just being started.
    expect(objects('apply.json')).toEqual([expect.objectContaining({ Action: 's3:PutObject', Resource: program })]);
    const encrypting = policy('apply.json').Statement.find(({ Sid }) => Sid === 'BootProgramEncrypted');
    expect(encrypting).toMatchObject({
      Action: 'kms:GenerateDataKey',
      Condition: { StringEquals: { 'kms:ViaService': 's3.<region>.amazonaws.com' } },
    });
  });

  it('can’t delete what holds data', () => {
    for (const action of ['ec2:DeleteVolume', 's3:DeleteBucket', 'kms:ScheduleKeyDeletion', 'route53:DeleteHostedZone'])
      expect(allows(actionsOf('apply.json'), action)).toBe(false);
  });

  it.each(['read.json', 'apply.json'])('%s fits a managed policy', (name) => {
    expect(JSON.stringify(policy(name)).length).toBeLessThan(6144);
  });

  it.each(['trust-github.json', 'trust-gitlab.json'])('%s trusts tokens for AWS, of one place each', (name) => {
    const text = file('aws', name);
    expect(text).toMatch(/:aud": "sts\.amazonaws\.com"/);
    expect(text).toMatch(
      /:sub": "(repo:<owner>\/<repository>:environment:<GitHub environment>|project_path:<group>\/<project>:ref_type:branch:ref:<branch>)"/,
    );
    expect(text).not.toMatch(/pull_request|\*/);
  });
});

describe('the cluster roles', () => {
  interface Rule {
    apiGroups?: string[];
    resources?: string[];
    verbs: string[];
  }
  const objects = parseAllDocuments(file('kubernetes', 'read.yaml')).map((document) => document.toJS());
  const rulesOf = (name: string) =>
    objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === name).rules as Rule[];

  it('read and do nothing else', () => {
    const verbs = new Set([...rulesOf('kubezero-preview'), ...rulesOf('kubezero-drift')].flatMap((rule) => rule.verbs));
    expect([...verbs].sort()).toEqual(['get', 'list', 'watch']);
  });

  it('show Secrets to the search for drift alone', () => {
    const core = rulesOf('kubezero-preview').filter(({ apiGroups }) => apiGroups?.includes(''));
    expect(core.flatMap(({ resources }) => resources)).not.toEqual(expect.arrayContaining(['secrets']));
    expect(core.flatMap(({ resources }) => resources)).not.toEqual(expect.arrayContaining(['*']));
    const [secrets] = rulesOf('kubezero-drift');
    expect(secrets?.resources).toEqual(['secrets']);
  });

  it('know the group of every object that the modules deploy', () => {
    const known = rulesOf('kubezero-preview').flatMap(({ apiGroups = [] }) => apiGroups);
    const directory = join(repositoryRoot, 'test', 'engine', 'snapshots');
    const snapshots = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    const used = snapshots.flatMap((name) =>
      [...readFileSync(join(directory, name), 'utf8').matchAll(/^apiVersion: (\S+)$/gm)].map(
        ([, version]) => version as string,
      ),
    );
    expect(used.length).toBeGreaterThan(100);
    const groups = new Set(used.map((version) => (version.includes('/') ? (version.split('/')[0] as string) : '')));
    expect([...groups].filter((group) => !known.includes(group))).toEqual([]);
  });
});
