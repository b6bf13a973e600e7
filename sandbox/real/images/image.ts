import { createHash } from 'node:crypto';
import { type ImageSources, planImage } from './contents.ts';
import type { Blob, LayerStore } from './layers.ts';
import type { ImageKind, ImageName } from './names.ts';

/** What a registry answers with: a manifest and, by digest, all that it names. */
export interface Image {
  manifest: Document;
  config: Document;
  layers: Blob[];
}

/** A JSON document as it is served. */
export interface Document extends Blob {
  content: Buffer;
}

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/**
 * Makes an image. Its configuration has the name in it: names with the same layers are still images of their own, so
 * that a runtime shows each pod the name that the pod asked for.
 */
export async function makeImage(
  kind: ImageKind,
  name: ImageName,
  sources: ImageSources,
  store: LayerStore,
): Promise<Image> {
  const plan = await planImage(kind, sources);
  const layers: Blob[] = [];
  // One after the other: they are written to one disk.
  for (const { name: layer, entries } of plan.layers) layers.push(await store.layer(layer, entries));
  const reference = `${name.registry}/${name.repository}:${name.reference}`;
  const config = document({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { ...plan.config, WorkingDir: '/', Labels: { 'sandbox.kubezero.dev/image': reference } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = document({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer, digest, size })),
  });
  return { manifest, config, layers };
}

function document(value: unknown): Document {
  const content = Buffer.from(JSON.stringify(value));
  return { content, size: content.length, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}
