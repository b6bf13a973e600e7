import { UserError } from '../../errors/index.ts';

/** EC2 takes no more user data than this, in bytes before base64. */
export const userDataLimit = 16_384;

/** Whose user data it is, for the message where it is too large. */
export interface UserDataOwner {
  environment: string;
  /** Launch template's name within the environment, e.g. `controller-a` or `worker-general`. */
  machine: string;
}

/**
 * User data as a launch template has it: base64.
 * @throws UserError where EC2 wouldn't take it.
 */
export function encodeUserData(text: string, { environment, machine }: UserDataOwner): string {
  const bytes = Buffer.from(text);
  if (bytes.length > userDataLimit)
    throw new UserError(
      `user data of ${machine} has ${bytes.length} bytes packed, EC2 takes ${userDataLimit} at most`,
      {
        where: `environment ${environment}: machine ${machine}`,
        state: 'its launch template was not changed',
        fix: 'have fewer or shorter labels, taints and names in environment.yaml; everything else in it is KubeZero’s own',
      },
    );
  return bytes.toString('base64');
}

/** The text of a launch template's user data. */
export function decodeUserData(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
