import type { Release } from '../definition.ts';
import { machines } from './machines.ts';

/**
 * KubeZero 1.21 as released with umbrella chart 1.21.9-4 (2022-04-08). The pins are those of the umbrella's
 * `targetRevision`s, which is what a cluster got, not those of the source tree of that day.
 */
export const release: Release = {
  id: '1.21',
  kubernetesVersion: '1.21.9',
  umbrellaVersion: '1.21.9-4',
  image: {
    name: 'ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*',
    owner: '099720109477',
    os: 'Ubuntu 20.04.4 LTS',
    init: 'systemd',
    runtime: { handler: 'runc', overhead: '16Mi' },
  },
  machines,
  cni: { binDir: '/opt/cni/bin' },
  modules: {
    network: '0.1.7',
    addons: '0.4.1',
    'cert-manager': '0.8.2',
    storage: '0.5.7',
    istio: '0.7.6',
    'istio-ingress': '0.7.6',
    metrics: '0.7.4',
    logging: '0.7.18',
    argocd: '0.9.6',
    ci: '0.4.26',
    mq: '0.2.2',
    redis: '0.3.5',
    sql: '0.1.2',
    clamav: '0.1.1',
    'uptime-kuma': '0.1.10',
  },
  migration: [],
  charts: {
    // The copy that KubeZero shipped under this version has later templates and image v1.14.1.
    'aws-node-termination-handler': {
      chart: 'aws-node-termination-handler',
      version: '0.16.0',
      repository: 'https://aws.github.io/eks-charts',
    },
    cilium: { chart: 'cilium', version: '1.10.5', repository: 'https://helm.cilium.io/' },
    metallb: { chart: 'metallb', version: '0.10.2', repository: 'https://metallb.github.io/metallb' },
    'cert-manager': { chart: 'cert-manager', version: 'v1.6.1', repository: 'https://charts.jetstack.io' },
    'lvm-localpv': { chart: 'lvm-localpv', version: '0.8.6', repository: 'https://openebs.github.io/lvm-localpv' },
    // Declared as 0.0.8, but the chart that KubeZero shipped was already 1.0.0.
    gemini: { chart: 'gemini', version: '1.0.0', repository: 'https://charts.fairwinds.com/stable' },
    'aws-ebs-csi-driver': {
      chart: 'aws-ebs-csi-driver',
      version: '2.6.3',
      repository: 'https://kubernetes-sigs.github.io/aws-ebs-csi-driver',
    },
    'aws-efs-csi-driver': {
      chart: 'aws-efs-csi-driver',
      version: '2.2.3',
      repository: 'https://kubernetes-sigs.github.io/aws-efs-csi-driver/',
    },
    // Istio's charts of 1.11 were only to be had from its release archive (manifests/charts).
    base: { chart: 'base', version: '1.11.5' },
    'istio-discovery': { chart: 'istio-discovery', version: '1.11.5' },
    'istio-ingress': { chart: 'istio-ingress', version: '1.11.5' },
    'istio-private-ingress': { chart: 'istio-ingress', version: '1.11.5' },
    'kiali-server': { chart: 'kiali-server', version: '1.38.1', repository: 'https://kiali.org/helm-charts' },
    'kube-prometheus-stack': {
      chart: 'kube-prometheus-stack',
      version: '30.2.0',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'prometheus-adapter': {
      chart: 'prometheus-adapter',
      version: '3.0.1',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'prometheus-pushgateway': {
      chart: 'prometheus-pushgateway',
      version: '1.14.0',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'eck-operator': { chart: 'eck-operator', version: '1.6.0', repository: 'https://helm.elastic.co' },
    fluentd: { chart: 'fluentd', version: '0.3.5', repository: 'https://fluent.github.io/helm-charts' },
    'fluent-bit': { chart: 'fluent-bit', version: '0.19.18', repository: 'https://fluent.github.io/helm-charts' },
    'argo-cd': { chart: 'argo-cd', version: '3.33.8', repository: 'https://argoproj.github.io/argo-helm' },
    gocd: { chart: 'gocd', version: '1.39.4', repository: 'https://gocd.github.io/helm-chart' },
    gitea: { chart: 'gitea', version: '5.0.0', repository: 'https://dl.gitea.io/charts/' },
    jenkins: { chart: 'jenkins', version: '3.11.3', repository: 'https://charts.jenkins.io' },
    trivy: { chart: 'trivy', version: '0.4.9', repository: 'https://aquasecurity.github.io/helm-charts/' },
    nats: { chart: 'nats', version: '0.8.4', repository: 'https://nats-io.github.io/k8s/helm/charts/' },
    rabbitmq: { chart: 'rabbitmq', version: '8.13.1', repository: 'https://charts.bitnami.com/bitnami' },
    redis: { chart: 'redis', version: '15.5.4', repository: 'https://charts.bitnami.com/bitnami' },
    'redis-cluster': { chart: 'redis-cluster', version: '6.3.9', repository: 'https://charts.bitnami.com/bitnami' },
    'mariadb-galera': {
      chart: 'mariadb-galera',
      version: '5.11.1',
      repository: 'https://charts.bitnami.com/bitnami',
    },
  },
};
