import { z } from 'zod';
import { exposureKeys } from '../exposure.ts';
import { moduleKeys, openSection, releaseNameKey, section } from '../schema.ts';

const password = z.string().default('12345qwert').describe('Password; set one of your own.');

export const sqlValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('sql').describe('Namespace of the database.'),
    releaseName: releaseNameKey('sql'),
    'mariadb-galera': openSection({
      enabled: z.boolean().default(true).describe('Whether there is a MariaDB cluster.'),
      replicaCount: z.number().int().default(2).describe('Nodes of the cluster, each with all the data.'),
      rootUser: openSection({ password }).prefault({}).describe('The administrator.'),
      db: openSection({ user: z.string().default('mariadb').describe('Name of the user.'), password })
        .prefault({})
        .describe('User and database for an application.'),
      galera: openSection({
        mariabackup: openSection({ password }).prefault({}).describe('User that copies the data to new nodes.'),
      })
        .prefault({})
        .describe(
          'Replication. A single node needs `bootstrap.bootstrapFromNode` and `bootstrap.forceSafeToBootstrap`.',
        ),
      service: openSection({ port: z.number().int().default(3306).describe('Port of the database.') })
        .prefault({})
        .describe('Service of the database.'),
      metrics: openSection({
        enabled: z.boolean().default(false).describe('An exporter in each pod, and a dashboard.'),
        serviceMonitor: openSection({
          enabled: z.boolean().default(false).describe('Prometheus collects the metrics; needs the module `metrics`.'),
        })
          .prefault({})
          .describe('How Prometheus collects the metrics.'),
        prometheusRules: openSection({
          enabled: z.boolean().default(false).describe('The chart’s alerts; need the module `metrics`.'),
        })
          .prefault({})
          .describe('Alerts.'),
      })
        .prefault({})
        .describe('Metrics of MariaDB.'),
      istio: section(exposureKeys({ url: 'mariadb.example.com' }))
        .prefault({})
        .describe('Where the database is reachable; the gateway must have its port.'),
    })
      .prefault({})
      .describe('MariaDB with Galera replication; other keys go to its chart.'),
  });
export type SqlValues = z.infer<ReturnType<typeof sqlValues>>;
