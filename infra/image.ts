import { getAmi } from '@pulumi/aws/ec2/getAmi.js';
import type { Provider } from '@pulumi/aws/provider.js';
import type { Environment } from '../environment/environment.ts';
import { UserError } from '../errors/index.ts';
import type { Release } from '../releases/release.ts';

/**
 * AMI that machines of a release boot: the one environment.yaml pins, else the newest of the release's.
 * @throws UserError where the account can't see such an image.
 */
export async function findImage(environment: Environment, release: Release, provider: Provider): Promise<string> {
  const pinned = environment.images[release.id];
  if (pinned) return pinned;
  const { name, owner } = release.image;
  try {
    const found = await getAmi(
      { mostRecent: true, owners: [owner], filters: [{ name: 'name', values: [name] }] },
      { provider },
    );
    return found.id;
  } catch (cause) {
    throw new UserError(
      `no machine image "${name}" of account ${owner} for KubeZero ${release.id} in ${environment.region}`,
      {
        where: `environment ${environment.name}: images`,
        state: 'nothing was changed',
        fix: `have the image shared with this account, or name one of your own: images: { "${release.id}": ami-... }`,
        cause,
      },
    );
  }
}
