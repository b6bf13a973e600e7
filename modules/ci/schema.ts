import { z } from 'zod';
import { exposure, exposureKeys, ipBlocks, privateGateway } from '../exposure.ts';
import { moduleKeys, openSection, passthrough, releaseNameKey, section } from '../schema.ts';

const enabled = (what: string) => z.boolean().default(false).describe(`Whether there is ${what}.`);

const webhook = section(exposureKeys({ gateway: 'istio-ingress/ingressgateway', url: 'jenkins-webhook.example.com' }))
  .prefault({})
  .describe('A host of its own for the webhooks of GitHub and Bitbucket, which lets nothing else through.');

const agent = section(exposureKeys({ gateway: privateGateway, url: 'jenkins-agent.example.com' }))
  .prefault({})
  .describe('From 1.22 on: TCP port 50000, which the gateway must have, for agents outside the cluster.');

const jenkinsIstio = section({ ...exposureKeys({ url: 'jenkins.example.com' }), ipBlocks, webhook, agent })
  .prefault({})
  .describe('Where Jenkins is reachable.');

export const ciValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('ci').describe('Namespace of all tools of the module.'),
    gocd: openSection({
      enabled: enabled('a GoCD server'),
      releaseName: releaseNameKey('gocd'),
      istio: exposure().describe('Where GoCD is reachable.'),
    })
      .prefault({})
      .describe('Continuous delivery with GoCD; other keys go to its chart.'),
    gitea: openSection({
      enabled: enabled('a Gitea'),
      releaseName: releaseNameKey('gitea'),
      gitea: openSection({
        demo: z
          .boolean()
          .default(false)
          .describe('Makes the administrator’s secret, with a password all the world knows.'),
        metrics: openSection({
          serviceMonitor: openSection({
            enabled: z.boolean().default(false).describe('Prometheus collects them; needs the module `metrics`.'),
          })
            .prefault({})
            .describe('How Prometheus collects the metrics.'),
        })
          .prefault({})
          .describe('Metrics of Gitea; `enabled` opens them.'),
      })
        .prefault({})
        .describe(
          'Configuration of Gitea; `admin.existingSecret` (`gitea-admin-secret`) holds the administrator’s name and password.',
        ),
      istio: exposure({ url: 'git.example.com' }).describe(
        'Where Gitea is reachable by HTTP and, where the gateway has port 22, by SSH.',
      ),
    })
      .prefault({})
      .describe('Git hosting with Gitea on a volume, without a database server; other keys go to its chart.'),
    jenkins: openSection({
      enabled: enabled('a Jenkins'),
      releaseName: releaseNameKey('jenkins'),
      controller: passthrough
        .default({})
        .describe('The controller. Without `adminPassword` the administrator gets one that is made up once.'),
      agent: passthrough
        .default({})
        .describe(
          'Pods that run builds: podman, with the cluster’s device plugin for FUSE, as an IAM role if there is one.',
        ),
      istio: jenkinsIstio,
    })
      .prefault({})
      .describe('Builds with Jenkins and agents in pods; other keys go to its chart.'),
    trivy: openSection({ enabled: enabled('a Trivy server'), releaseName: releaseNameKey('trivy') })
      .prefault({})
      .describe('Server that scans container images; other keys go to its chart.'),
  });
export type CiValues = z.infer<ReturnType<typeof ciValues>>;
