import { atBoot, type NodeCluster, paths } from './cluster.ts';
import { featureGatesArgument } from './feature-gates.ts';
import { type KubeletNode, kubeletConfiguration, kubeletExtraArgs } from './kubelet.ts';
import { apiServerTlsCipherSuites } from './tls.ts';
import { toYaml, toYamlDocuments } from './yaml.ts';

/** kubeadm's own API version of a release. */
function kubeadmApiVersion({ release }: Pick<NodeCluster, 'release'>): string {
  return `kubeadm.k8s.io/${release.machines.kubeadm.apiVersion}`;
}

/**
 * A controller's kubeadm.yaml: the same on all controllers of a release but for labels, with the machine's own values
 * as placeholders ({@link atBoot}).
 */
export function controllerKubeadm(cluster: NodeCluster, node: KubeletNode): string {
  return toYamlDocuments([
    clusterConfiguration(cluster),
    initConfiguration(cluster, node),
    kubeProxyConfiguration(),
    kubeletConfiguration(cluster.release),
  ]);
}

/**
 * A worker's join.yaml. It trusts the cluster by the CA certificate in discovery.yaml and proves itself with a
 * short-lived token, both fetched from the bucket by the step `join`.
 */
export function workerJoin(cluster: NodeCluster, node: KubeletNode): string {
  return toYaml({
    apiVersion: kubeadmApiVersion(cluster),
    kind: 'JoinConfiguration',
    discovery: { file: { kubeConfigPath: paths.discovery }, tlsBootstrapToken: atBoot.joinToken },
    nodeRegistration: nodeRegistration(cluster, node),
  });
}

function clusterConfiguration(cluster: NodeCluster): object {
  const { environment, network, release } = cluster;
  const common = {
    profiling: 'false',
    'leader-elect': String(isHighlyAvailable(cluster)),
    'logging-format': 'json',
    'feature-gates': featureGatesArgument(release),
    // Also where kubeadm lets the kubelet probe them: localhost would answer only what runs there.
    'bind-address': atBoot.address,
  };
  return {
    apiVersion: kubeadmApiVersion(cluster),
    kind: 'ClusterConfiguration',
    clusterName: environment.name,
    kubernetesVersion: release.kubernetesVersion,
    controlPlaneEndpoint: network.apiEndpoint,
    networking: { podSubnet: '10.244.0.0/16' },
    etcd: { local: etcdLocal(cluster) },
    controllerManager: { extraArgs: { ...common, 'terminated-pod-gc-threshold': '300' } },
    scheduler: { extraArgs: common },
    apiServer: {
      certSANs: [network.apiEndpoint.replace(/:\d+$/, '')],
      extraArgs: apiServerArguments(cluster),
      extraVolumes: [
        {
          name: 'kubezero-apiserver',
          hostPath: paths.apiserver,
          mountPath: paths.apiserver,
          readOnly: true,
          pathType: 'DirectoryOrCreate',
        },
        { name: 'audit-log', hostPath: paths.auditLog, mountPath: paths.auditLog, pathType: 'DirectoryOrCreate' },
      ],
    },
  };
}

/**
 * Members know each other by names that outlive machines: DNS records that each controller keeps on its own address, so
 * that all of them may be replaced at once. The name of a member is its node's, which is how a replaced machine finds
 * its member again.
 */
function etcdLocal({ environment, release }: NodeCluster): object {
  const { address, nodeName } = atBoot;
  const host = `${nodeName}.${environment.domain}`;
  return {
    ...(release.etcdImageTag ? { imageTag: release.etcdImageTag } : {}),
    extraArgs: {
      name: nodeName,
      'initial-cluster': atBoot.etcdInitialCluster,
      'initial-cluster-state': atBoot.etcdClusterState,
      'initial-cluster-token': `etcd-${environment.name}`,
      'advertise-client-urls': `https://${host}:2379`,
      'initial-advertise-peer-urls': `https://${host}:2380`,
      'listen-client-urls': `https://${address}:2379`,
      'listen-peer-urls': `https://${address}:2380`,
      'listen-metrics-urls': `http://${address}:2381`,
      logger: 'zap',
    },
    serverCertSANs: [nodeName, host, environment.domain],
    peerCertSANs: [nodeName, host, environment.domain],
  };
}

function apiServerArguments({ environment, network, release }: NodeCluster): Record<string, string> {
  return {
    'bind-address': atBoot.address,
    'etcd-servers': atBoot.etcdServers,
    profiling: 'false',
    'audit-log-path': `${paths.auditLog}/audit.log`,
    'audit-policy-file': `${paths.apiserver}/audit-policy.yaml`,
    'audit-log-maxage': '7',
    'audit-log-maxsize': '100',
    'audit-log-maxbackup': '3',
    'audit-log-compress': 'true',
    'tls-cipher-suites': apiServerTlsCipherSuites.join(','),
    'admission-control-config-file': `${paths.apiserver}/admission-configuration.yaml`,
    'enable-admission-plugins': 'DenyServiceExternalIPs,NodeRestriction,EventRateLimit',
    'api-audiences': 'istio-ca,sts.amazonaws.com',
    'service-account-issuer': network.oidcIssuer,
    'service-account-jwks-uri': `${network.oidcIssuer}/openid/v1/jwks`,
    ...(environment.awsIamAuthenticator.enabled
      ? { 'authentication-token-webhook-config-file': `${paths.apiserver}/aws-iam-authenticator.yaml` }
      : {}),
    'feature-gates': featureGatesArgument(release),
    'logging-format': 'json',
  };
}

function initConfiguration(cluster: NodeCluster, node: KubeletNode): object {
  return {
    apiVersion: kubeadmApiVersion(cluster),
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: atBoot.address, bindPort: apiPort(cluster) },
    ...(cluster.release.machines.kubeadm.patchesInConfiguration ? { patches: { directory: paths.patches } } : {}),
    nodeRegistration: {
      ...nodeRegistration(cluster, node),
      ignorePreflightErrors: [
        'DirAvailable--var-lib-etcd',
        'DirAvailable--etc-kubernetes-manifests',
        'FileAvailable--etc-kubernetes-pki-ca.crt',
        'FileAvailable--etc-kubernetes-manifests-etcd.yaml',
        'Swap',
        'KubeletVersion',
      ],
    },
  };
}

function nodeRegistration({ release }: NodeCluster, node: KubeletNode): object {
  return {
    name: atBoot.nodeName,
    // 1.21 left the socket to detection, which depends on what else is installed.
    criSocket: paths.criSocket,
    ...(node.role === 'worker' ? { taints: node.taints.map(parseTaint) } : {}),
    kubeletExtraArgs: kubeletExtraArgs(release, node),
  };
}

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** `key=value:Effect` as Kubernetes has it. */
export function parseTaint(text: string): Taint {
  const [left = '', effect = ''] = text.split(':');
  const [key = '', value] = left.split('=');
  return value ? { key, value, effect } : { key, effect };
}

function kubeProxyConfiguration(): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'ipvs',
    metricsBindAddress: '0.0.0.0:10249',
  };
}

/** Whether there is more than one controller. */
export function isHighlyAvailable({ environment }: Pick<NodeCluster, 'environment'>): boolean {
  return environment.controllers.zones.length > 1;
}

function apiPort({ network }: NodeCluster): number {
  return Number(network.apiEndpoint.split(':').at(-1));
}
