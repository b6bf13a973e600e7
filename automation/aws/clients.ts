import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { S3Client } from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';

// The SDK's version is pinned and runs on every Node.js this program supports; its notice about later ones tells the
// operator of an upgrade nothing.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/**
 * Region, credentials and endpoints come from the environment and the user's AWS configuration alone, as with every AWS
 * tool. A throttled or unanswered call is repeated by the SDK, with growing pauses.
 */
const settings = { maxAttempts: 6, retryMode: 'standard' } as const;

/** Loaded when first used: most commands never talk to AWS, and the EC2 client alone takes longer to load than they run. */
function lazily<Client>(create: () => Promise<Client>): () => Promise<Client> {
  let client: Promise<Client> | undefined;
  return () => {
    client ??= create();
    return client;
  };
}

export const autoScaling = lazily(async (): Promise<AutoScalingClient> => {
  const { AutoScalingClient } = await import('@aws-sdk/client-auto-scaling');
  return new AutoScalingClient(settings);
});

export const ec2 = lazily(async (): Promise<EC2Client> => {
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  return new EC2Client(settings);
});

export const s3 = lazily(async (): Promise<S3Client> => {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client(settings);
});

export const sts = lazily(async (): Promise<STSClient> => {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient(settings);
});
