import { z } from 'zod';
import { moduleKeys, passthrough, releaseNameKey, section } from '../schema.ts';

const list = z.array(z.record(z.string(), z.unknown()));

export const clamavValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('clamav').describe('Namespace of the scanner.'),
    releaseName: releaseNameKey('clamav'),
    nameOverride: z.string().default('').describe('Replaces `clamav` in the names of objects.'),
    fullnameOverride: z.string().default('').describe('Name of the objects.'),
    service: section({ port: z.number().int().default(3310).describe('Port of the Service.') })
      .prefault({})
      .describe('How the scanner is reached within the cluster.'),
    clamav: section({
      image: z.string().default('clamav/clamav').describe('Image of ClamAV.'),
      version: z
        .string()
        .default('unstable')
        .describe('Tag of the image without `_base`: virus signatures are on the volume, not in the image.'),
      replicaCount: z.number().int().default(1).describe('Scanners, each with its own copy of the signatures.'),
      freshclam: section({
        mirrors: z.string().default('database.clamav.net').describe('Where new signatures come from.'),
      })
        .prefault({})
        .describe('Updates of the signatures, once an hour.'),
      limits: section({
        fileSize: z.number().int().default(20).describe('Megabytes of a file above which it isn’t scanned.'),
        scanSize: z.number().int().default(100).describe('Megabytes that are scanned of a file and of what is in it.'),
        connectionQueueLength: z.number().int().default(100).describe('Connections that may wait.'),
        maxThreads: z.number().int().default(4).describe('Scans at the same time.'),
        sendBufTimeout: z.number().int().default(500).describe('Milliseconds to wait for a client that doesn’t read.'),
      })
        .prefault({})
        .describe('Limits of what is scanned.'),
      resources: passthrough
        .default({ requests: { cpu: '300m', memory: '1300M' } })
        .describe('`resources` of the container; the signatures are held in memory.'),
      storageClassName: z.string().optional().describe('StorageClass of the volumes; default: that of the cluster.'),
      nodeSelector: z.record(z.string(), z.string()).optional().describe('Labels of the nodes to run on.'),
      affinity: passthrough.optional().describe('`affinity` of the pods.'),
      tolerations: list.optional().describe('Taints that the pods tolerate.'),
    })
      .prefault({})
      .describe('The scanner.'),
  });
export type ClamavValues = z.infer<ReturnType<typeof clamavValues>>;
