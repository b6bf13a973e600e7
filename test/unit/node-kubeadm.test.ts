// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders that the machine fills in
import { describe, expect, it } from 'vitest';
import { controllerKubeadm, parseTaint, workerJoin } from '../../infra/node/kubeadm.ts';
import { controllerNode, workerNode } from '../../infra/node/node-description.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { demoAt, documentOf } from './node-fixture.ts';

const kubeadm = (release: ReleaseId) =>
  controllerKubeadm(demoAt(release), controllerNode(demoAt(release), 'eu-central-1b'));
const both: ReleaseId[] = ['1.21', '1.22'];

describe('kubeadm.yaml of a controller', () => {
  it('is in the kubeadm API of its release', () => {
    expect(documentOf(kubeadm('1.21'), 'ClusterConfiguration')).toMatchObject({
      apiVersion: 'kubeadm.k8s.io/v1beta2',
      kubernetesVersion: '1.21.9',
    });
    expect(documentOf(kubeadm('1.22'), 'InitConfiguration')).toMatchObject({
      apiVersion: 'kubeadm.k8s.io/v1beta3',
      patches: { directory: '/etc/kubernetes/patches' },
    });
    expect(documentOf(kubeadm('1.21'), 'InitConfiguration')).not.toHaveProperty('patches');
  });

  it.each(both)('at %s gives every component the feature gates of its release', (release) => {
    const { apiServer, controllerManager, scheduler } = documentOf(kubeadm(release), 'ClusterConfiguration');
    const gates = apiServer.extraArgs['feature-gates'];
    expect(controllerManager.extraArgs['feature-gates']).toBe(gates);
    expect(scheduler.extraArgs['feature-gates']).toBe(gates);
    expect(documentOf(kubeadm(release), 'KubeletConfiguration').featureGates).toEqual(
      Object.fromEntries(gates.split(',').map((gate: string) => [gate.split('=')[0], true])),
    );
    const names = gates.replaceAll('=true', '').split(',');
    expect(names).toEqual(
      release === '1.22'
        ? ['CustomCPUCFSQuotaPeriod', 'GenericEphemeralVolume', 'KubeletCredentialProviders']
        : [
            'CustomCPUCFSQuotaPeriod',
            'GenericEphemeralVolume',
            'InTreePluginAWSUnregister',
            'InTreePluginAzureDiskUnregister',
            'InTreePluginAzureFileUnregister',
            'InTreePluginGCEUnregister',
            'InTreePluginOpenStackUnregister',
          ],
    );
  });

  it('hardens the API server', () => {
    const { extraArgs, certSANs, extraVolumes } = documentOf(kubeadm('1.22'), 'ClusterConfiguration').apiServer;
    expect(extraArgs).toMatchObject({
      profiling: 'false',
      'audit-policy-file': '/etc/kubernetes/apiserver/audit-policy.yaml',
      'admission-control-config-file': '/etc/kubernetes/apiserver/admission-configuration.yaml',
      'enable-admission-plugins': 'DenyServiceExternalIPs,NodeRestriction,EventRateLimit',
      'api-audiences': 'istio-ca,sts.amazonaws.com',
      'service-account-issuer': 'https://s3.eu-central-1.amazonaws.com/demo-oidc-111122223333/k8s/demo',
      'logging-format': 'json',
    });
    expect(extraArgs['tls-cipher-suites'].split(',').every((suite: string) => suite.startsWith('TLS_ECDHE_'))).toBe(
      true,
    );
    expect(extraArgs).not.toHaveProperty('encryption-provider-config');
    expect(certSANs).toEqual(['kube-api.demo.example.com']);
    expect(extraVolumes.map(({ hostPath }: { hostPath: string }) => hostPath)).toEqual([
      '/etc/kubernetes/apiserver',
      '/var/log/kubernetes',
    ]);
  });

  it('asks aws-iam-authenticator about tokens only where the environment says so', () => {
    const cluster = demoAt('1.22');
    const flag = 'authentication-token-webhook-config-file';
    expect(kubeadm('1.22')).not.toContain(flag);
    cluster.environment.awsIamAuthenticator.enabled = true;
    expect(controllerKubeadm(cluster, controllerNode(cluster))).toContain(
      `${flag}: /etc/kubernetes/apiserver/aws-iam-authenticator.yaml`,
    );
  });

  it('leaves to the machine what only it knows', () => {
    const { etcd, apiServer, controllerManager } = documentOf(kubeadm('1.22'), 'ClusterConfiguration');
    expect(etcd.local.imageTag).toBe('3.4.13-0');
    expect(etcd.local.extraArgs).toMatchObject({
      name: '${NODE_NAME}',
      'initial-cluster': '${ETCD_INITIAL_CLUSTER}',
      'initial-cluster-state': '${ETCD_CLUSTER_STATE}',
      'initial-cluster-token': 'etcd-demo',
    });
    expect(apiServer.extraArgs['etcd-servers']).toBe('${ETCD_SERVERS}');
    expect(controllerManager.extraArgs['bind-address']).toBe('${ADDRESS}');
    const init = documentOf(kubeadm('1.22'), 'InitConfiguration');
    expect(init.localAPIEndpoint).toEqual({ advertiseAddress: '${ADDRESS}', bindPort: 6443 });
    expect(init.nodeRegistration.kubeletExtraArgs['provider-id']).toBe('${PROVIDER_ID}');
  });

  it('calls etcd members by names that outlive machines, and has them listen on the machine’s address', () => {
    const { local } = documentOf(kubeadm('1.22'), 'ClusterConfiguration').etcd;
    const host = '${NODE_NAME}.demo.example.com';
    expect(local.extraArgs).toMatchObject({
      'initial-advertise-peer-urls': `https://${host}:2380`,
      'advertise-client-urls': `https://${host}:2379`,
      'listen-peer-urls': 'https://${ADDRESS}:2380',
      'listen-client-urls': 'https://${ADDRESS}:2379',
    });
    for (const names of [local.serverCertSANs, local.peerCertSANs])
      expect(names).toEqual(['${NODE_NAME}', host, 'demo.example.com']);
  });

  it('elects leaders only where there is more than one controller', () => {
    const cluster = demoAt('1.22');
    const elects = () =>
      documentOf(controllerKubeadm(cluster, controllerNode(cluster)), 'ClusterConfiguration').scheduler.extraArgs[
        'leader-elect'
      ];
    expect(elects()).toBe('true');
    cluster.environment.controllers.zones = ['eu-central-1a'];
    expect(elects()).toBe('false');
  });

  it('reserves less for the system from 1.22 on, which is Alpine with crun', () => {
    expect(documentOf(kubeadm('1.21'), 'KubeletConfiguration')).toMatchObject({
      systemReserved: { memory: '256Mi', 'ephemeral-storage': '2Gi' },
      kubeReserved: { cpu: '70m', memory: '128Mi' },
      resolvConf: '/run/systemd/resolve/resolv.conf',
      protectKernelDefaults: true,
      kernelMemcgNotification: true,
    });
    const kubelet = documentOf(kubeadm('1.22'), 'KubeletConfiguration');
    expect(kubelet).toMatchObject({
      systemReserved: { memory: '96Mi' },
      kubeReserved: { cpu: '70m', memory: '96Mi' },
      protectKernelDefaults: false,
      cgroupDriver: 'cgroupfs',
      podsPerCore: 20,
    });
    expect(kubelet).not.toHaveProperty('resolvConf');
    expect(kubelet).not.toHaveProperty('kernelMemcgNotification');
  });

  it('runs kube-proxy in ipvs mode, with metrics for Prometheus', () => {
    expect(documentOf(kubeadm('1.21'), 'KubeProxyConfiguration')).toMatchObject({
      mode: 'ipvs',
      metricsBindAddress: '0.0.0.0:10249',
    });
  });
});

describe('join.yaml of a worker', () => {
  const neuron = (release: ReleaseId) => {
    const cluster = demoAt(release);
    const group = cluster.environment.workers.find(({ name }) => name === 'neuron');
    if (!group) throw new Error('the demo has no group neuron');
    return documentOf(workerJoin(cluster, workerNode(cluster, group)), 'JoinConfiguration');
  };

  it('registers with the group’s taints and labels, and its place', () => {
    const { nodeRegistration } = neuron('1.22');
    expect(nodeRegistration.taints).toEqual([{ key: 'kubezero-workergroup', value: 'neuron', effect: 'NoSchedule' }]);
    expect(nodeRegistration.kubeletExtraArgs['node-labels'].split(',')).toEqual([
      'topology.kubernetes.io/region=eu-central-1',
      'topology.kubernetes.io/zone=${ZONE}',
      'node.kubernetes.io/instance-type=inf1.xlarge',
      'kubezero-workergroup=neuron',
    ]);
  });

  it('tells the instance type from 1.22 on only', () => {
    expect(neuron('1.21').nodeRegistration.kubeletExtraArgs['node-labels']).not.toContain('instance-type');
  });

  it('carries no secret: the token comes from the bucket when the machine boots', () => {
    expect(neuron('1.22').discovery).toEqual({
      file: { kubeConfigPath: '/etc/kubernetes/discovery.yaml' },
      tlsBootstrapToken: '${JOIN_TOKEN}',
    });
  });
});

describe('a taint', () => {
  it('may lack its value', () => {
    expect(parseTaint('node-role.kubernetes.io/master:NoSchedule')).toEqual({
      key: 'node-role.kubernetes.io/master',
      effect: 'NoSchedule',
    });
  });
});
