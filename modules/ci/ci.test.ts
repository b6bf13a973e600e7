import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { release } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const on = { enabled: true };
const all = (ci: object) => ({ istio: on, metrics: on, ci });
const render = (ci: object, at: ReleaseId = '1.22') => manifest('ci', at, all(ci));
const problems = (ci: object, at: ReleaseId = '1.22') =>
  checkValues({ ci: { enabled: true, ...ci } }, release(at)).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('ci', () => {
  it('has nothing until a tool is on, and each under the name that KubeZero expects', () => {
    expect(render({}).charts).toEqual([]);
    const tools = { gocd: on, gitea: on, jenkins: on, trivy: on };
    expect(charts(render(tools))).toEqual([
      'gocd 1.40.8 as gocd',
      'gitea 5.0.5 as gitea',
      'jenkins 3.12.2 as jenkins',
      'trivy 0.4.12 as trivy',
    ]);
    expect(charts(render(tools, '1.21'))).toEqual([
      'gocd 1.39.4 as gocd',
      'gitea 5.0.0 as gitea',
      'jenkins 3.11.3 as jenkins',
      'trivy 0.4.9 as trivy',
    ]);
  });

  it('needs the modules that a switch asks for', () => {
    expect(
      problems({
        gitea: { ...on, istio: on, gitea: { metrics: { serviceMonitor: on } } },
        jenkins: { istio: on, controller: { prometheus: on } },
      }),
    ).toEqual([
      'ci.gitea.istio.enabled: needs module istio, which is off',
      'ci.gitea.gitea.metrics.serviceMonitor.enabled: needs module metrics, which is off',
    ]);
  });

  it('refuses Helm’s global values, which have no chart to go to', () => {
    expect(problems({ global: { imageRegistry: 'x' } })[0]).toMatch(/ci.global: .*give it below the tool it is for/);
  });

  describe('GoCD', () => {
    it('is exposed by HTTP', () => {
      const { objects } = render({ gocd: { ...on, istio: { ...on, url: 'gocd.example.com' } } });
      expect(find(objects, 'VirtualService', 'gocd-kubezero-ci').spec).toEqual({
        gateways: ['istio-ingress/private-ingressgateway'],
        hosts: ['gocd.example.com'],
        http: [{ route: [{ destination: { host: 'gocd-server' } }] }],
      });
    });
  });

  describe('Gitea', () => {
    it('is one process with a volume: SQLite, cache in memory, no servers beside it', () => {
      expect(chartValues(render({ gitea: on }), 'gitea')).toMatchObject({
        image: { tag: '1.16.6', rootless: true },
        persistence: { enabled: true, size: '4Gi' },
        gitea: { config: { database: { DB_TYPE: 'sqlite3' }, cache: { ADAPTER: 'memory' } } },
        memcached: { enabled: false },
        postgresql: { enabled: false },
      });
      expect(chartValues(render({ gitea: on }, '1.21'), 'gitea').image.tag).toBe('1.16.1');
    });

    it('gets the administrator from a secret that is there, or from the demo’s', () => {
      expect(chartValues(render({ gitea: on }), 'gitea').gitea.admin.existingSecret).toBe('gitea-admin-secret');
      expect(names(render({ gitea: on }).objects)).toEqual([]);
      expect(names(render({ gitea: { ...on, gitea: { demo: true } } }).objects)).toEqual([
        'Secret ci/gitea-admin-secret',
      ]);
    });

    it('is exposed by HTTP and SSH', () => {
      const { objects } = render({ gitea: { ...on, istio: on } });
      expect(find(objects, 'VirtualService', 'gitea').spec).toEqual({
        gateways: ['istio-ingress/private-ingressgateway'],
        hosts: ['git.example.com'],
        http: [{ route: [{ destination: { host: 'gitea-http' } }] }],
        tcp: [{ match: [{ port: 22 }], route: [{ destination: { host: 'gitea-ssh' } }] }],
      });
    });

    it('hands every other key to its chart', () => {
      const gitea = {
        ...on,
        persistence: { size: '20Gi' },
        gitea: { config: { server: { DOMAIN: 'git.example.com' } } },
      };
      const given = chartValues(render({ gitea }), 'gitea');
      expect(given.persistence).toEqual({ enabled: true, size: '20Gi' });
      expect(given.gitea.config).toMatchObject({ server: { DOMAIN: 'git.example.com' }, cache: { ADAPTER: 'memory' } });
      expect(Object.keys(given)).not.toContain('istio');
      expect(Object.keys(given)).not.toContain('releaseName');
    });
  });

  describe('Jenkins', () => {
    const values = (at: ReleaseId = '1.22', jenkins = {}) =>
      chartValues(render({ jenkins: { ...on, ...jenkins } }, at), 'jenkins');

    it('comes with the plugins and the image of the release', () => {
      expect(values().controller).toMatchObject({ tag: '2.332.3-lts-jdk17-preview' });
      expect(values().controller.installPlugins).toContain('kubernetes:3580.v78271e5631dc');
      expect(values('1.21').controller).toMatchObject({ tagLabel: 'alpine' });
      expect(values('1.21').controller.installPlugins).toHaveLength(8);
    });

    it('keeps builds for 100 days and ten of each', () => {
      const settings = parse(values().controller.JCasC.configScripts['zdt-settings']);
      const [, discarder] = settings.unclassified.buildDiscarders.configuredBuildDiscarders;
      expect(discarder.defaultBuildDiscarder.discarder.logRotator).toMatchObject({
        daysToKeepStr: '100',
        numToKeepStr: '10',
      });
    });

    it('builds in pods that have podman, a FUSE device and a token for AWS', () => {
      const { agent, serviceAccountAgent } = values();
      expect(agent).toMatchObject({
        image: 'public.ecr.aws/zero-downtime/jenkins-podman',
        tag: 'v0.2.4-21',
        containerCap: 2,
      });
      const pod = parse(agent.yamlTemplate);
      expect(pod.spec.serviceAccountName).toBe(serviceAccountAgent.name);
      expect(pod.spec.containers[0].resources.limits).toEqual({ 'github.com/fuse': 1 });
      expect(pod.spec.volumes[0].projected.sources[0].serviceAccountToken.audience).toBe('sts.amazonaws.com');
    });

    it('lets agents take the role that the infrastructure has for them', () => {
      expect(values().agent.envVars).toBeUndefined();
      const rendered = manifest('ci', '1.22', all({ jenkins: on }), { roleArns: { 'jenkins-agent': 'arn:jenkins' } });
      expect(chartValues(rendered, 'jenkins').agent.envVars[0]).toEqual({ name: 'AWS_ROLE_ARN', value: 'arn:jenkins' });
    });

    it('is exposed to people, to the webhooks of GitHub and Bitbucket, and from 1.22 on to agents elsewhere', () => {
      const istio = { ...on, ipBlocks: ['10.0.0.0/8'], webhook: on, agent: on };
      const { objects } = render({ jenkins: { ...on, istio } });
      expect(names(objects)).toEqual([
        'VirtualService ci/jenkins',
        'AuthorizationPolicy istio-system/jenkins-deny-not-in-ipblocks',
        'VirtualService ci/jenkins-webhook',
        'VirtualService ci/jenkins-agent',
      ]);
      const webhook = find(objects, 'VirtualService', 'jenkins-webhook').spec;
      expect(webhook.gateways).toEqual(['istio-ingress/ingressgateway']);
      expect(webhook.http[0].match).toEqual([
        { uri: { exact: '/bitbucket-scmsource-hook/notify' }, method: { exact: 'POST' } },
        { uri: { exact: '/github-webhook/' }, method: { exact: 'POST' } },
      ]);
      expect(find(objects, 'VirtualService', 'jenkins-agent').spec.tcp).toEqual([
        { match: [{ port: 50000 }], route: [{ destination: { host: 'jenkins-agent', port: { number: 50000 } } }] },
      ]);
      expect(problems({ jenkins: { istio: { agent: on } } }, '1.21')).toEqual([
        'ci.jenkins.istio.agent: "jenkins.istio.agent" comes with KubeZero 1.22: add it after the upgrade',
      ]);
    });

    it('takes the place of an installation that is called otherwise', () => {
      const { objects, charts: list } = render({ jenkins: { ...on, releaseName: 'build', istio: on } });
      expect(list[0]!.releaseName).toBe('build');
      expect(names(objects)).toEqual(['VirtualService ci/build-jenkins']);
    });
  });

  it('has a dashboard of Jenkins where its metrics are collected', () => {
    const { objects } = render({ jenkins: { ...on, controller: { prometheus: on } } });
    const { metadata, binaryData } = find(objects, 'ConfigMap', 'jenkins-kubezero-ci-grafana-dashboards');
    expect(metadata.annotations).toEqual({ 'k8s-sidecar-target-directory': 'KubeZero' });
    expect(Object.keys(binaryData)).toEqual(['Jenkins.json.gz']);
    expect(names(render({ jenkins: on }).objects)).toEqual([]);
  });
});
