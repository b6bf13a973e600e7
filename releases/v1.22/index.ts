import type { Release } from '../definition.ts';
import { machines } from './machines.ts';
import { migration } from './migration.ts';

/**
 * KubeZero 1.22 as released with umbrella chart 1.22.8-8 (2022-05-10). The pins are those of the umbrella's
 * `targetRevision`s, which is what a cluster got, not those of the source tree of that day.
 */
export const release: Release = {
  id: '1.22',
  kubernetesVersion: '1.22.8',
  umbrellaVersion: '1.22.8-8',
  image: {
    name: 'zdt-alpine-3.15-kubezero-1.22.8-*',
    // Encrypted images shared by their maintainer; an environment copies them into its own account to boot them.
    owner: 'self',
    os: 'Alpine Linux v3.15',
    init: 'openrc',
    runtime: { handler: 'crun', overhead: '4Mi' },
  },
  machines,
  etcdImageTag: '3.4.13-0',
  cni: { binDir: '/usr/libexec/cni' },
  modules: {
    network: '0.2.1',
    addons: '0.5.3',
    'cert-manager': '0.9.1',
    storage: '0.6.4',
    istio: '0.8.0',
    'istio-ingress': '0.8.0',
    'istio-private-ingress': '0.8.0',
    metrics: '0.8.0',
    logging: '0.8.0',
    argocd: '0.10.1',
    auth: '0.1.4',
    ci: '0.4.51',
    mq: '0.2.3',
    redis: '0.3.5',
    sql: '0.1.2',
    clamav: '0.1.1',
    'uptime-kuma': '0.1.10',
  },
  migration,
  charts: {
    'aws-node-termination-handler': {
      chart: 'aws-node-termination-handler',
      version: '0.18.3',
      repository: 'https://aws.github.io/eks-charts',
    },
    'external-dns': {
      chart: 'external-dns',
      version: '1.7.1',
      repository: 'https://kubernetes-sigs.github.io/external-dns/',
    },
    cilium: { chart: 'cilium', version: '1.11.3', repository: 'https://helm.cilium.io/' },
    metallb: { chart: 'metallb', version: '0.10.2', repository: 'https://metallb.github.io/metallb' },
    'cert-manager': { chart: 'cert-manager', version: 'v1.8.0', repository: 'https://charts.jetstack.io' },
    'lvm-localpv': { chart: 'lvm-localpv', version: '0.9.0', repository: 'https://openebs.github.io/lvm-localpv' },
    gemini: { chart: 'gemini', version: '1.0.0', repository: 'https://charts.fairwinds.com/stable' },
    'aws-ebs-csi-driver': {
      chart: 'aws-ebs-csi-driver',
      version: '2.6.7',
      repository: 'https://kubernetes-sigs.github.io/aws-ebs-csi-driver',
    },
    'aws-efs-csi-driver': {
      chart: 'aws-efs-csi-driver',
      version: '2.2.6',
      repository: 'https://kubernetes-sigs.github.io/aws-efs-csi-driver/',
    },
    base: { chart: 'base', version: '1.13.3', repository: 'https://istio-release.storage.googleapis.com/charts' },
    istiod: { chart: 'istiod', version: '1.13.3', repository: 'https://istio-release.storage.googleapis.com/charts' },
    gateway: { chart: 'gateway', version: '1.13.3', repository: 'https://istio-release.storage.googleapis.com/charts' },
    'kiali-server': { chart: 'kiali-server', version: '1.38.1', repository: 'https://kiali.org/helm-charts' },
    'kube-prometheus-stack': {
      chart: 'kube-prometheus-stack',
      version: '34.9.0',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'prometheus-adapter': {
      chart: 'prometheus-adapter',
      version: '3.2.0',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'prometheus-pushgateway': {
      chart: 'prometheus-pushgateway',
      version: '1.16.1',
      repository: 'https://prometheus-community.github.io/helm-charts',
    },
    'eck-operator': { chart: 'eck-operator', version: '2.1.0', repository: 'https://helm.elastic.co' },
    fluentd: { chart: 'fluentd', version: '0.3.7', repository: 'https://fluent.github.io/helm-charts' },
    'fluent-bit': { chart: 'fluent-bit', version: '0.19.23', repository: 'https://fluent.github.io/helm-charts' },
    'argo-cd': { chart: 'argo-cd', version: '4.5.4', repository: 'https://argoproj.github.io/argo-helm' },
    gocd: { chart: 'gocd', version: '1.40.8', repository: 'https://gocd.github.io/helm-chart' },
    gitea: { chart: 'gitea', version: '5.0.5', repository: 'https://dl.gitea.io/charts/' },
    jenkins: { chart: 'jenkins', version: '3.12.2', repository: 'https://charts.jenkins.io' },
    trivy: { chart: 'trivy', version: '0.4.12', repository: 'https://aquasecurity.github.io/helm-charts/' },
    nats: { chart: 'nats', version: '0.8.4', repository: 'https://nats-io.github.io/k8s/helm/charts/' },
    rabbitmq: { chart: 'rabbitmq', version: '9.0.3', repository: 'https://charts.bitnami.com/bitnami' },
    redis: { chart: 'redis', version: '15.5.4', repository: 'https://charts.bitnami.com/bitnami' },
    'redis-cluster': { chart: 'redis-cluster', version: '6.3.9', repository: 'https://charts.bitnami.com/bitnami' },
    'mariadb-galera': {
      chart: 'mariadb-galera',
      version: '5.11.1',
      repository: 'https://charts.bitnami.com/bitnami',
    },
  },
};
