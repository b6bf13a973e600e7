import { stringify } from 'yaml';
import { asOf } from '../../releases/range.ts';
import type { Release, ReleaseId } from '../../releases/release.ts';
import { awsIdentity, fullName, roleArn } from '../conventions.ts';
import type { ChartInstance, ClusterFacts, KubernetesObject, ModuleContext, Values } from '../definition.ts';
import { exposedTool, routeTo } from '../exposure.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import type { CiValues } from './schema.ts';

interface Pinned {
  image: Values;
  javaOpts: string[];
  plugins: Record<string, string>;
  agent: Values;
}

/** What differs between the releases, by the first that has it. */
const pinned: Record<ReleaseId, Pinned> = {
  '1.21': {
    image: { tagLabel: 'alpine' },
    javaOpts: ['-XX:+UseStringDeduplication'],
    plugins: {
      kubernetes: '1.31.3',
      'workflow-aggregator': '2.6',
      git: '4.10.3',
      'configuration-as-code': '1346.ve8cfa_3473c94',
      'antisamy-markup-formatter': '2.7',
      prometheus: '2.0.10',
      htmlpublisher: '1.29',
      'build-discarder': '60.v1747b0eb632a',
    },
    agent: {
      tag: 'v0.2.4-6',
      alwaysPullImage: true,
      containerCap: 4,
      resources: { requests: { cpu: '512m', memory: '512Mi' }, limits: { cpu: '1', memory: '2048Mi' } },
    },
  },
  '1.22': {
    image: { tag: '2.332.3-lts-jdk17-preview' },
    javaOpts: ['-XX:+UseContainerSupport', '-XX:+UseStringDeduplication'],
    plugins: {
      kubernetes: '3580.v78271e5631dc',
      'workflow-aggregator': '2.7',
      git: '4.11.1',
      'configuration-as-code': '1429.v09b_044a_c93de',
      'antisamy-markup-formatter': '2.7',
      prometheus: '2.0.11',
      htmlpublisher: '1.30',
      'build-discarder': '60.v1747b0eb632a',
      'dark-theme': '156.v6cf16af6f9ef',
    },
    agent: {
      tag: 'v0.2.4-21',
      containerCap: 2,
      resources: { requests: { cpu: '512m', memory: '1024Mi' }, limits: { cpu: '4', memory: '6144Mi' } },
    },
  },
};

/** ServiceAccount of the agents; what a role for them has to trust. */
const agentAccount = 'jenkins-podman-aws';

/** What pages of build results may load: HTML reports come with styles and images. */
const contentPolicy =
  "sandbox allow-popups; default-src 'none'; img-src 'self' cdn.zero-downtime.net; style-src 'unsafe-inline';";

function controller(release: Release): Values {
  const { image, javaOpts, plugins } = asOf(release, pinned);
  return {
    ...image,
    disableRememberMe: true,
    prometheus: { enabled: false },
    testEnabled: false,
    enableRawHtmlMarkupFormatter: true,
    javaOpts: [...javaOpts, `-Dhudson.model.DirectoryBrowserSupport.CSP="${contentPolicy}"`].join(' '),
    // Minutes without a request, and seconds until an idle session is gone.
    jenkinsOpts: '--sessionTimeout=180 --sessionEviction=3600',
    resources: { requests: { cpu: '250m', memory: '1280Mi' }, limits: { cpu: '2000m', memory: '4096Mi' } },
    initContainerResources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { cpu: '1000m', memory: '1024Mi' } },
    JCasC: { configScripts: { 'zdt-settings': stringify(settings) } },
    installPlugins: Object.entries(plugins).map(([plugin, version]) => `${plugin}:${version}`),
  };
}

/** Jenkins' own configuration: builds are kept for 100 days and their artifacts for 32, ten of each. */
const settings = {
  jenkins: {
    noUsageStatistics: true,
    disabledAdministrativeMonitors: ['jenkins.security.ResourceDomainRecommendation'],
  },
  unclassified: {
    buildDiscarders: {
      configuredBuildDiscarders: [
        'jobBuildDiscarder',
        {
          defaultBuildDiscarder: {
            discarder: {
              logRotator: {
                daysToKeepStr: '100',
                numToKeepStr: '10',
                artifactDaysToKeepStr: '32',
                artifactNumToKeepStr: '10',
              },
            },
          },
        },
      ],
    },
  },
};

function agent(release: Release, facts: ClusterFacts): Values {
  const role = roleArn(facts, 'jenkins-agent');
  return {
    image: 'public.ecr.aws/zero-downtime/jenkins-podman',
    ...asOf(release, pinned).agent,
    podRetention: 'Default',
    showRawYaml: false,
    podName: 'podman-aws',
    customJenkinsLabels: ['podman-aws-trivy'],
    idleMinutes: 10,
    annotations: { 'container.apparmor.security.beta.kubernetes.io/jnlp': 'unconfined' },
    ...(role ? { envVars: awsIdentity.env(role) } : {}),
    yamlMergeStrategy: 'merge',
    yamlTemplate: stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: {
        serviceAccountName: agentAccount,
        containers: [
          {
            name: 'jnlp',
            resources: { limits: { 'github.com/fuse': 1 } },
            volumeMounts: [awsIdentity.volumeMount],
          },
        ],
        volumes: [awsIdentity.volume],
      },
    }),
  };
}

function split({ release, values, facts }: ModuleContext<CiValues>) {
  const { enabled: _, istio, releaseName, ...given } = values.jenkins;
  const merged = mergeValues(
    {
      controller: controller(release),
      agent: agent(release, facts),
      serviceAccountAgent: { create: true, name: agentAccount },
      persistence: { size: '4Gi' },
    },
    given,
  );
  return {
    istio,
    releaseName,
    name: fullName(releaseName, (given.nameOverride as string) || 'jenkins', given.fullnameOverride as string),
    values: merged,
  };
}

/** Whether Jenkins' metrics are collected, and its dashboard has something to show. */
export function isMeasured({ jenkins }: CiValues): boolean {
  const { prometheus } = jenkins.controller as { prometheus?: { enabled?: boolean } };
  return jenkins.enabled && prometheus?.enabled === true;
}

export function jenkinsChart(context: ModuleContext<CiValues>): ChartInstance {
  const { releaseName, values } = split(context);
  return {
    pin: context.release.charts.jenkins!,
    releaseName,
    values,
  };
}

/** Jenkins' hosts: for people, for webhooks, and for agents outside the cluster. */
export function jenkinsExposure(context: ModuleContext<CiValues>, labels: Record<string, string>): KubernetesObject[] {
  const { istio, releaseName, name } = split(context);
  if (!istio.enabled) return [];
  const at = { namespace: context.values.namespace, labels };
  const web = routeTo(name, 8080);
  const hooks = ['/bitbucket-scmsource-hook/notify', '/github-webhook/'];
  return [
    ...exposedTool(istio, { ...at, name, releaseName, http: [{ route: web }] }),
    ...(istio.webhook.enabled
      ? [
          virtualService({
            ...at,
            name: `${name}-webhook`,
            host: istio.webhook.url,
            gateway: istio.webhook.gateway,
            http: [{ match: hooks.map((path) => ({ uri: { exact: path }, method: { exact: 'POST' } })), route: web }],
          }),
        ]
      : []),
    ...(istio.agent.enabled
      ? [
          virtualService({
            ...at,
            name: `${name}-agent`,
            host: istio.agent.url,
            gateway: istio.agent.gateway,
            tcp: [{ match: [{ port: 50000 }], route: routeTo(`${name}-agent`, 50000) }],
          }),
        ]
      : []),
  ];
}
