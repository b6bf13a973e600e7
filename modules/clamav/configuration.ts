import type { ClamavValues } from './schema.ts';

/** Directory of the signatures, on the volume. */
export const signatures = '/var/lib/clamav';
/** Port of the daemon in its pod. */
export const daemonPort = 3310;

const configurationFile = (settings: Record<string, string | number>) =>
  Object.entries(settings)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');

/** Configuration of the scanner and of what updates its signatures. */
export function configurationFiles({ limits, freshclam }: ClamavValues['clamav']): Record<string, string> {
  return {
    'clamd.conf': configurationFile({
      Foreground: 'yes',
      User: 'clamav',
      DatabaseDirectory: signatures,
      TCPSocket: daemonPort,
      LocalSocket: '/run/clamav/clamd.sock',
      ExitOnOOM: 'yes',
      LogFile: '/dev/stdout',
      LogFileMaxSize: 0,
      LogTime: 'yes',
      LogClean: 'yes',
      LogSyslog: 'no',
      LogVerbose: 'no',
      MaxFileSize: `${limits.fileSize}M`,
      MaxScanSize: `${limits.scanSize}M`,
      // A client that streams more than is scanned is cut off.
      StreamMaxLength: `${limits.scanSize}M`,
      MaxConnectionQueueLength: limits.connectionQueueLength,
      MaxThreads: limits.maxThreads,
      SendBufTimeout: limits.sendBufTimeout,
    }),
    'freshclam.conf': configurationFile({
      DatabaseMirror: freshclam.mirrors,
      DatabaseOwner: 'root',
      Checks: 24,
      NotifyClamd: '/etc/clamav/clamd.conf',
      LogTime: 'yes',
      LogVerbose: 'yes',
      LogSyslog: 'no',
    }),
  };
}
