export interface StoredObject {
  body: Buffer;
  lastModified: Date;
  etag: string;
  contentType: string;
  metadata: Record<string, string>;
  /** As it came with the object: header and value, e.g. `x-amz-checksum-crc32`. */
  checksum?: [header: string, value: string];
  /** Only in versioned buckets. */
  versionId?: string;
}

/** Where an object of a versioned bucket was deleted. */
export interface DeleteMarker {
  deleted: true;
  lastModified: Date;
  versionId: string;
}

export interface Bucket {
  name: string;
  region: string;
  createdAt: Date;
  versioned: boolean;
  objects: Map<string, StoredObject>;
  /** What stood at a key before what stands there now, newest first. */
  older: Map<string, (StoredObject | DeleteMarker)[]>;
}

/** A symmetric KMS key. */
export interface Key {
  id: string;
  arn: string;
  description: string;
  createdAt: Date;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** 256 bits. */
  material: Buffer;
}
