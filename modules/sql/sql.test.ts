import { describe, expect, it } from 'vitest';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';

const on = { enabled: true };
const render = (sql: object) => manifest('sql', '1.22', { istio: on, metrics: on, sql });

describe('sql', () => {
  it('is a MariaDB of two nodes once the module is on', () => {
    expect(charts(render({}))).toEqual(['mariadb-galera 5.11.1 as sql']);
    expect(chartValues(render({}), 'mariadb-galera')).toMatchObject({
      replicaCount: 2,
      db: { user: 'mariadb' },
      configurationConfigMap: 'sql-mariadb-galera-configuration',
      metrics: { enabled: false, serviceMonitor: { enabled: false }, prometheusRules: { enabled: false } },
    });
    expect(render({ 'mariadb-galera': { enabled: false } })).toMatchObject({ charts: [], objects: [] });
  });

  it('takes passwords and sizes from application.yaml', () => {
    const mariadb = {
      rootUser: { password: 'a' },
      galera: { mariabackup: { password: 'b' } },
      persistence: { size: '50Gi' },
    };
    expect(chartValues(render({ 'mariadb-galera': mariadb }), 'mariadb-galera')).toMatchObject(mariadb);
  });

  it('reads a my.cnf for replication by Galera', () => {
    const file: string = find(render({}).objects, 'ConfigMap', 'sql-mariadb-galera-configuration').data['my.cnf'];
    expect(file.match(/^\[.*\]$/gm)).toEqual(['[client]', '[mysqld]', '[galera]', '[mariadb]']);
    expect(file).toMatch(/^binlog_format=row$/m);
    expect(file).toMatch(/^innodb_autoinc_lock_mode=2$/m);
    expect(file).toMatch(/^skip_name_resolve$/m);
    expect(file).toMatch(/^innodb_buffer_pool_size=2G$/m);
    expect(file).toMatch(/^wsrep_sst_method=mariabackup$/m);
  });

  it('is exposed by the service that has MariaDB’s port', () => {
    const { objects } = render({ 'mariadb-galera': { istio: on } });
    expect(names(objects)).toEqual([
      'ConfigMap sql/sql-mariadb-galera-configuration',
      'VirtualService sql/sql-kubezero-sql-mariadb',
    ]);
    expect(find(objects, 'VirtualService', 'sql-kubezero-sql-mariadb').spec).toEqual({
      gateways: ['istio-ingress/private-ingressgateway'],
      hosts: ['mariadb.example.com'],
      tcp: [
        { match: [{ port: 3306 }], route: [{ destination: { host: 'sql-mariadb-galera', port: { number: 3306 } } }] },
      ],
    });
  });

  it('has a dashboard where there are metrics', () => {
    const { objects } = render({ 'mariadb-galera': { metrics: on } });
    const { binaryData } = find(objects, 'ConfigMap', 'sql-kubezero-sql-grafana-dashboards-mariadb');
    expect(Object.keys(binaryData)).toEqual(['mariadb-galera.json.gz']);
  });
});
