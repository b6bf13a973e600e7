import { describe, expect, it } from 'vitest';
import { charts, chartValues, crds, facts, find, manifest, names } from '../../test/unit/modules/context.ts';

const addons = (values: object, at: '1.21' | '1.22' = '1.22', more: object = {}) =>
  manifest('addons', at, { addons: values }, more);

interface EnvEntry {
  name: string;
  value?: string;
}

describe('addons', () => {
  it('always brings the container runtime class of the release’s nodes, and opens the issuer’s keys', () => {
    expect(addons({}, '1.21').objects).toMatchObject([
      { kind: 'RuntimeClass', metadata: { name: 'crio' }, handler: 'runc', overhead: { podFixed: { memory: '16Mi' } } },
      { kind: 'ClusterRoleBinding', metadata: { name: 'oidc-public' } },
    ]);
    expect(addons({}).objects).toMatchObject([
      { kind: 'RuntimeClass', metadata: { name: 'crio' }, handler: 'crun', overhead: { podFixed: { memory: '4Mi' } } },
      {
        kind: 'ClusterRoleBinding',
        roleRef: { name: 'system:service-account-issuer-discovery' },
        subjects: [{ kind: 'Group', name: 'system:unauthenticated' }],
      },
    ]);
  });

  it('gives forseti the role that the infrastructure made, or the one written down', () => {
    const role = (values: object) => {
      const { objects } = addons({ forseti: { enabled: true, ...values } });
      const [container] = find(objects, 'Deployment', 'kubezero-forseti').spec.template.spec.containers;
      return container.env.find(({ name }: EnvEntry) => name === 'AWS_ROLE_ARN').value;
    };
    expect(role({})).toBe('arn:forseti');
    expect(role({ aws: { iamRoleArn: 'arn:own' } })).toBe('arn:own');
  });

  it('has device plugins where they are asked for, each at the releases that have it', () => {
    const values = {
      fuseDevicePlugin: { enabled: true },
      awsNeuron: { enabled: true },
      k8sEcrLoginRenew: { enabled: true },
    };
    const workloads = (at: '1.21' | '1.22') =>
      names(addons(values, at).objects).filter((name) => /^(DaemonSet|CronJob)/.test(name));
    expect(workloads('1.21')).toEqual(['DaemonSet kube-system/fuse-device-plugin', 'CronJob kube-system/ecr-renew']);
    expect(workloads('1.22')).toEqual([
      'DaemonSet kube-system/fuse-device-plugin',
      'DaemonSet kube-system/neuron-device-plugin',
    ]);
  });

  it('stays in kube-system', () => {
    expect(() => addons({ namespace: 'addons' })).toThrow('must be "kube-system"');
  });
});

describe('cluster backup', () => {
  it('runs the script beside it on a controller, for the environment’s bucket', () => {
    const { objects } = addons({ clusterBackup: { enabled: true } });
    const { data } = find(objects, 'ConfigMap', 'kubezero-backup');
    expect(data['backup.sh']).toMatch(/^#!\/bin\/sh\n/);
    const job = find(objects, 'CronJob', 'kubezero-backup').spec.jobTemplate.spec;
    const [container] = job.template.spec.containers;
    expect(container.command).toEqual(['sh', '/kubezero/backup.sh']);
    expect(container.image).toBe('public.ecr.aws/zero-downtime/kubezero-admin:v1.22.8');
    const environment = Object.fromEntries(container.env.map(({ name, value }: EnvEntry) => [name, value]));
    expect(environment).toMatchObject({ CLUSTER: 'demo', BUCKET: 'demo-backup', FOLDER: 'k8s/demo/clusterBackup' });
    expect(job.template.spec.nodeSelector).toEqual({ 'node-role.kubernetes.io/control-plane': '' });
  });

  it('keeps the Secret of a restic repository where one is written down, and reads none', () => {
    const { objects } = addons({ clusterBackup: { enabled: true, password: 'secret' } });
    const { data } = find(objects, 'Secret', 'kubezero-backup-restic');
    expect(Buffer.from(data.repository, 'base64').toString()).toBe(
      's3:https://s3.amazonaws.com/demo-backup/k8s/demo/clusterBackup',
    );
    expect(JSON.stringify(find(objects, 'CronJob', 'kubezero-backup'))).not.toContain('secretKeyRef');
    expect(names(addons({ clusterBackup: { enabled: true } }).objects)).not.toContain(
      'Secret kube-system/kubezero-backup-restic',
    );
  });

  it('reaches AWS by a role of its own where the infrastructure made one', () => {
    const clusterBackup = { enabled: true, extraEnv: [{ name: 'RESTIC_RETENTION', value: '14' }] };
    const pod = (more: object) =>
      find(addons({ clusterBackup }, '1.22', more).objects, 'CronJob', 'kubezero-backup').spec.jobTemplate.spec.template
        .spec;
    const environment = (more: object) =>
      Object.fromEntries(pod(more).containers[0].env.map(({ name, value }: EnvEntry) => [name, value]));
    expect(pod({}).serviceAccountName).toBeUndefined();
    expect(environment({})).toMatchObject({ AWS_DEFAULT_REGION: 'eu-central-1', RESTIC_RETENTION: '14' });
    const withRole = { roleArns: { 'cluster-backup': 'arn:backup' } };
    expect(pod(withRole).serviceAccountName).toBe('kubezero-backup');
    expect(environment(withRole)).toMatchObject({ AWS_ROLE_ARN: 'arn:backup', RESTIC_RETENTION: '14' });
    expect(names(addons({ clusterBackup }, '1.22', withRole).objects)).toContain(
      'ServiceAccount kube-system/kubezero-backup',
    );
  });
});

describe('the node termination handler', () => {
  const handler = (values: object = {}, all: object = {}) =>
    chartValues(
      manifest('addons', '1.22', { addons: { 'aws-node-termination-handler': { enabled: true, ...values } }, ...all }),
      'aws-node-termination-handler',
    );

  it('listens on the environment’s queue, for the groups that are tagged with the cluster’s name', () => {
    expect(handler()).toMatchObject({
      queueURL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/demo_Nth',
      managedAsgTag: 'aws-node-termination-handler/demo',
      useProviderId: true,
    });
    expect(handler({ queueURL: 'https://sqs/own', managedAsgTag: 'own' })).toMatchObject({
      queueURL: 'https://sqs/own',
      managedAsgTag: 'own',
    });
  });

  it('opens its metrics with the metrics module (KubeZero’s template fails there); a monitor is up to its owner', () => {
    expect(handler().enablePrometheusServer).toBe(false);
    const watched = handler({ serviceMonitor: { create: true } }, { metrics: { enabled: true } });
    expect(watched).toMatchObject({ enablePrometheusServer: true, serviceMonitor: { create: true } });
    expect(() => handler({ enablePrometheusServer: true })).toThrow('follows the metrics module');
  });
});

describe('the node termination handler’s chart 0.16.0', () => {
  const variables = [{ name: 'AWS_ROLE_ARN', value: 'arn:handler' }];
  const patched = (env: object[], labels: Record<string, string>) => {
    const chart = addons({ 'aws-node-termination-handler': { enabled: true, extraEnv: variables } }, '1.21').charts[0]!;
    const containers = [{ name: 'aws-node-termination-handler', env }];
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'handler' } };
    const template = { metadata: { labels: { ...labels } }, spec: { containers } };
    // biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
    return (chart.patch!({ ...object, spec: { selector: { matchLabels: labels }, template } }) as any).spec;
  };
  const shipped = { 'app.kubernetes.io/name': 'handler', 'app.kubernetes.io/component': 'deployment' };

  it('is the same as published and as KubeZero ships it: variables in a list, and in a map', () => {
    const [list, map] = [variables, [{ name: 0, value: 'map[name:AWS_ROLE_ARN value:arn:handler]' }]];
    for (const env of [list, map]) {
      const { template } = patched([{ name: 'NODE_NAME' }, ...env], shipped);
      expect(template.spec.containers[0].env).toEqual([{ name: 'NODE_NAME' }, ...variables]);
    }
  });

  it('selects its pods as KubeZero’s copy does, since a selector can’t be changed', () => {
    const published = { 'app.kubernetes.io/name': 'handler', 'kubernetes.io/os': 'linux' };
    for (const labels of [shipped, published]) {
      const { selector, template } = patched([], labels);
      expect(selector.matchLabels).toEqual(shipped);
      expect(template.metadata.labels).toEqual(shipped);
    }
  });
});

describe('external-dns', () => {
  it('came with 1.22, and publishes the API servers’ addresses', () => {
    const values = { 'external-dns': { enabled: true, provider: 'aws', txtOwnerId: 'demo' } };
    expect(charts(addons(values, '1.21'))).toEqual([]);
    const rendered = addons(values);
    expect(charts(rendered)).toEqual(['external-dns 1.7.1 as addons']);
    expect(chartValues(rendered, 'external-dns')).toMatchObject({
      provider: 'aws',
      txtOwnerId: 'demo',
      interval: '3m',
      sources: ['service'],
    });
    expect(find(rendered.objects, 'Service', 'kubezero-api')).toMatchObject({
      metadata: {
        annotations: {
          'external-dns.alpha.kubernetes.io/hostname': 'kube-api.demo.example.com',
          'external-dns.alpha.kubernetes.io/ttl': '60',
        },
      },
      spec: { clusterIP: 'None', selector: { component: 'kube-apiserver', tier: 'control-plane' } },
    });
  });
});

describe('aws-iam-authenticator', () => {
  const awsIamAuthenticator = { adminRole: 'arn:aws:iam::123456789012:role/admins' };

  it('is there where environment.yaml asks for it, with its definition', () => {
    expect(names(addons({}).objects).join()).not.toContain('aws-iam-authenticator');
    expect(crds('addons', '1.22')).toEqual([]);
    expect(names(addons({}, '1.22', { awsIamAuthenticator }).objects)).toEqual([
      'RuntimeClass crio',
      'ClusterRoleBinding oidc-public',
      'ServiceAccount kube-system/aws-iam-authenticator',
      'ClusterRole aws-iam-authenticator',
      'ClusterRoleBinding aws-iam-authenticator',
      'ConfigMap kube-system/aws-iam-authenticator',
      'DaemonSet kube-system/aws-iam-authenticator',
      'IAMIdentityMapping kubernetes-admin',
    ]);
    expect(crds('addons', '1.22', {}, { awsIamAuthenticator })).toMatchObject([
      { objects: [{ metadata: { name: 'iamidentitymappings.iamauthenticator.k8s.aws' } }] },
    ]);
  });

  it('makes holders of the admin role administrators, and nobody where there is none', () => {
    const { objects } = addons({}, '1.22', { awsIamAuthenticator });
    expect(find(objects, 'IAMIdentityMapping', 'kubernetes-admin').spec).toEqual({
      arn: awsIamAuthenticator.adminRole,
      username: 'kubernetes-admin',
      groups: ['system:masters'],
    });
    expect(names(addons({}, '1.22', { awsIamAuthenticator: {} }).objects).join()).not.toContain('IAMIdentityMapping');
  });

  it('knows the cluster by its name, at the release’s version', () => {
    const image = (at: '1.21' | '1.22') =>
      find(addons({}, at, { awsIamAuthenticator }).objects, 'DaemonSet', 'aws-iam-authenticator').spec.template.spec
        .containers[0].image;
    expect(image('1.21')).toMatch(/:v0\.5\.3$/);
    expect(image('1.22')).toMatch(/:v0\.5\.7$/);
    const { data } = find(addons({}, '1.22', { awsIamAuthenticator }).objects, 'ConfigMap', 'aws-iam-authenticator');
    expect(data['config.yaml']).toBe(`clusterID: ${facts.clusterName}\n`);
  });
});
