import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { S3Client } from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';

/**
 * Region, credentials and endpoints come from the environment and the user's AWS configuration alone, as with every AWS
 * tool. A throttled or unanswered call is repeated by the SDK, with growing pauses.
 */
const settings = { maxAttempts: 6, retryMode: 'standard' } as const;

/**
 * Loaded when first used: most commands never talk to AWS, and the EC2 client alone takes longer to load than they run.
 * One for each region that is asked for by name; without one, the region of the surroundings.
 */
function lazily<Client>(
  create: (options: typeof settings & { region?: string }) => Promise<Client>,
): (region?: string) => Promise<Client> {
  const clients = new Map<string | undefined, Promise<Client>>();
  return (region) => {
    let client = clients.get(region);
    if (!client) {
      client = create({ ...settings, ...(region ? { region } : {}) });
      clients.set(region, client);
    }
    return client;
  };
}

export const autoScaling = lazily(async (options): Promise<AutoScalingClient> => {
  const { AutoScalingClient } = await import('@aws-sdk/client-auto-scaling');
  return new AutoScalingClient(options);
});

export const ec2 = lazily(async (options): Promise<EC2Client> => {
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  return new EC2Client(options);
});

export const route53 = lazily(async (options): Promise<Route53Client> => {
  const { Route53Client } = await import('@aws-sdk/client-route-53');
  return new Route53Client(options);
});

export const s3 = lazily(async (options): Promise<S3Client> => {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client(options);
});

export const sts = lazily(async (options): Promise<STSClient> => {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient(options);
});
