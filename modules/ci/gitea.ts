import { asOf } from '../../releases/range.ts';
import { fullName } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext } from '../definition.ts';
import { exposedTool, routeTo } from '../exposure.ts';
import { mergeValues } from '../schema.ts';
import type { CiValues } from './schema.ts';

const imageTag = { '1.21': '1.16.1', '1.22': '1.16.6' };
const adminSecret = 'gitea-admin-secret';
const off = { enabled: false };

/** Gitea on one volume: SQLite, cache in memory, no server beside it. */
export function giteaChart({ release, values }: ModuleContext<CiValues>): ChartInstance {
  const { enabled: _, istio: __, releaseName, gitea, ...given } = values.gitea;
  const { demo: ___, ...configuration } = gitea;
  return {
    pin: release.charts.gitea!,
    releaseName,
    values: mergeValues(
      {
        image: { tag: asOf(release, imageTag), rootless: true },
        securityContext: {
          allowPrivilegeEscalation: false,
          // Its SSH server changes the root directory of those who connect.
          capabilities: { drop: ['ALL'], add: ['SYS_CHROOT'] },
        },
        persistence: { enabled: true, size: '4Gi' },
        gitea: {
          admin: { existingSecret: adminSecret },
          metrics: { enabled: false },
          config: { database: { DB_TYPE: 'sqlite3' }, cache: { ADAPTER: 'memory' } },
        },
        memcached: off,
        postgresql: off,
        mysql: off,
        mariadb: off,
      },
      given,
      { gitea: configuration },
    ),
  };
}

export function giteaObjects(
  { values: { namespace, gitea } }: ModuleContext<CiValues>,
  labels: Record<string, string>,
): KubernetesObject[] {
  const { releaseName, istio } = gitea;
  const name = fullName(releaseName, (gitea.nameOverride as string) || 'gitea', gitea.fullnameOverride as string);
  const tool = {
    name: 'gitea',
    releaseName,
    namespace,
    labels,
    http: [{ route: routeTo(`${name}-http`) }],
    tcp: [{ match: [{ port: 22 }], route: routeTo(`${name}-ssh`) }],
  };
  return [...(gitea.gitea.demo ? [demoAdministrator(namespace, labels)] : []), ...exposedTool(istio, tool)];
}

function demoAdministrator(namespace: string, labels: Record<string, string>): KubernetesObject {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: adminSecret, namespace, labels },
    type: 'Opaque',
    data: { username: encoded('demo'), password: encoded('secret') },
  };
}
