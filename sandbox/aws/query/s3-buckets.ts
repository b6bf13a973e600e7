import { createBucket, deleteBucket, getBucket } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import { type Answer, xmlAnswer } from './call.ts';
import { notImplemented, parsedBody, type S3Request, s3Namespace as xmlns } from './s3-requests.ts';
import { textAt } from './xml-input.ts';

/** The region whose endpoint takes buckets without being told where. */
const firstRegion = 'us-east-1';

export function listBuckets({ account }: S3Request): Answer {
  const buckets = [...account.buckets.values()].map(
    ({ name, createdAt }) =>
      `<Bucket><Name>${name}</Name><CreationDate>${createdAt.toISOString()}</CreationDate></Bucket>`,
  );
  return xmlAnswer(
    `<ListAllMyBucketsResult xmlns="${xmlns}"><Owner><ID>${account.id}</ID></Owner><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

/** Creates a bucket in the region of the endpoint, which the request has to say once more. */
export function create({ account, bucket, body, region = account.region }: S3Request): Answer {
  const constraint = body.length > 0 ? textAt(parsedBody(body), 'LocationConstraint') : undefined;
  if ((constraint ?? firstRegion) !== region)
    throw new AwsError(
      'IllegalLocationConstraintException',
      `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  createBucket(account, bucket, region);
  return { headers: { location: `/${bucket}` } };
}

export function look({ account, bucket }: S3Request): Answer {
  return { headers: { 'x-amz-bucket-region': getBucket(account, bucket).region } };
}

export function remove({ account, bucket }: S3Request): Answer {
  deleteBucket(account, bucket);
  return { status: 204 };
}

export function location({ account, bucket }: S3Request): Answer {
  const { region } = getBucket(account, bucket);
  return xmlAnswer(`<LocationConstraint xmlns="${xmlns}">${region === firstRegion ? '' : region}</LocationConstraint>`);
}

export function versioning({ account, bucket }: S3Request): Answer {
  const { versioned } = getBucket(account, bucket);
  return xmlAnswer(
    `<VersioningConfiguration xmlns="${xmlns}">${versioned ? '<Status>Enabled</Status>' : ''}</VersioningConfiguration>`,
  );
}

/** Versions may be switched on; that they are suspended isn't simulated. */
export function setVersioning({ account, bucket, body }: S3Request): Answer {
  if (textAt(parsedBody(body), 'Status') !== 'Enabled') throw notImplemented();
  getBucket(account, bucket).versioned = true;
  return {};
}
