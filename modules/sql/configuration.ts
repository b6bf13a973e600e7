/** Settings of a section: `true` stands for one without a value. */
type Section = Record<string, string | number | true>;

const directory = '/opt/bitnami/mariadb';
const socket = `${directory}/tmp/mysql.sock`;
const log = `${directory}/logs/mysqld.log`;

const network: Section = {
  bind_address: '0.0.0.0',
  skip_host_cache: true,
  skip_name_resolve: true,
  max_connect_errors: 1000000,
};

const paths: Section = {
  basedir: directory,
  datadir: '/bitnami/mariadb/data',
  plugin_dir: `${directory}/plugin`,
  tmpdir: `${directory}/tmp`,
  pid_file: `${directory}/tmp/mysqld.pid`,
  socket,
};

const text: Section = {
  character_set_server: 'utf8',
  collation_server: 'utf8_unicode_ci',
  init_connect: "'SET NAMES utf8'",
};

const strictness: Section = {
  max_allowed_packet: '16M',
  sysdate_is_now: 1,
  sql_mode: [
    'STRICT_TRANS_TABLES',
    'ERROR_FOR_DIVISION_BY_ZERO',
    'NO_AUTO_CREATE_USER',
    'NO_AUTO_VALUE_ON_ZERO',
    'NO_ENGINE_SUBSTITUTION',
    'NO_ZERO_DATE',
    'NO_ZERO_IN_DATE',
    'ONLY_FULL_GROUP_BY',
  ].join(','),
};

/** Galera replicates rows; that a crash loses the last of the log doesn't matter, as the other nodes have them. */
const binaryLog: Section = { log_bin: 'mysql-bin', expire_logs_days: 14, sync_binlog: 0, binlog_format: 'row' };

const caches: Section = {
  key_buffer_size: '32M',
  myisam_recover_options: 'FORCE,BACKUP',
  tmp_table_size: '32M',
  max_heap_table_size: '32M',
  query_cache_type: 1,
  query_cache_limit: '4M',
  query_cache_size: '256M',
  max_connections: 500,
  thread_cache_size: 50,
  open_files_limit: 65535,
  table_definition_cache: 4096,
  table_open_cache: 4096,
};

const innodb: Section = {
  default_storage_engine: 'InnoDB',
  innodb: 'FORCE',
  innodb_strict_mode: 1,
  // Galera works with no other mode.
  innodb_autoinc_lock_mode: 2,
  innodb_doublewrite: 1,
  innodb_flush_method: 'O_DIRECT',
  innodb_log_files_in_group: 2,
  innodb_log_file_size: '128M',
  innodb_flush_log_at_trx_commit: 1,
  innodb_file_per_table: 1,
  innodb_buffer_pool_size: '2G',
  innodb_file_format: 'Barracuda',
};

const logging: Section = {
  log_error: log,
  slow_query_log: 1,
  slow_query_log_file: log,
  log_queries_not_using_indexes: 0,
};

/** What the server of each node reads; bitnami's start script fills in the cluster's address and credentials. */
const configuration: Record<string, Section> = {
  client: { port: 3306, socket, plugin_dir: `${directory}/plugin` },
  mysqld: { ...paths, ...network, ...text, ...strictness, ...binaryLog, ...caches, ...innodb, ...logging },
  galera: {
    wsrep_on: 'ON',
    wsrep_provider: `${directory}/lib/libgalera_smm.so`,
    wsrep_sst_method: 'mariabackup',
    wsrep_slave_threads: 4,
    wsrep_cluster_address: 'gcomm://',
    wsrep_cluster_name: 'galera',
    wsrep_sst_auth: '"root:"',
    wsrep_replicate_myisam: 'ON',
    innodb_flush_log_at_trx_commit: 2,
  },
  mariadb: { plugin_load_add: 'auth_pam' },
};

/** `my.cnf` of KubeZero's MariaDB: UTF-8, strict SQL, two gigabytes of buffers, replication by Galera. */
export function myCnf(): string {
  return Object.entries(configuration)
    .map(([name, settings]) => {
      const lines = Object.entries(settings).map(([key, value]) => (value === true ? key : `${key}=${value}`));
      return [`[${name}]`, ...lines, ''].join('\n');
    })
    .join('\n');
}
