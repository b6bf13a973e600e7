import type { Account } from '../account.ts';
import type { Properties } from './values.ts';

/** Things that other resources name by id; the account refuses a resource that names one that isn't there. */
export type ReferenceKind =
  | 'vpc'
  | 'subnet'
  | 'securityGroup'
  | 'routeTable'
  | 'internetGateway'
  | 'natGateway'
  | 'allocation'
  | 'bucket'
  | 'role'
  | 'instanceProfile'
  | 'kmsKey'
  | 'queue'
  | 'zone'
  | 'group'
  | 'rule'
  | 'volume';

export interface Change {
  olds: Properties;
  /** Top-level properties that differ. */
  changed: string[];
  /** Seconds; 0: the type's default. */
  timeout: number;
}

/**
 * How a resource type differs from a plain record (id, arn, echo of its inputs). All of it is optional: a type that isn't
 * described here works as a record.
 */
export interface ResourceType {
  /** Prefix of ids, `vpc` for `vpc-0123...`. */
  prefix?: string;
  id?(inputs: Properties, account: Account): string;
  /** Resource part and service of the ARN; absent: `<service>:<type>/<id>`. */
  arn?(id: string, inputs: Properties, account: Account): string;
  /** Input that gets a random name when absent. */
  autoName?: string;
  /** Inputs that can't change in place. */
  replaceOn?: readonly string[];
  /** Optional inputs that AWS fills in when absent. */
  computed?: readonly string[];
  references?: Readonly<Record<string, ReferenceKind>>;
  /** Type token and property of resources that keep this one from being deleted. */
  heldBy?: readonly (readonly [type: string, property: string])[];
  /** What it does in the account. Returns the id; absent: {@link id} or {@link prefix} decides. */
  create?(account: Account, inputs: Properties): string;
  update?(account: Account, id: string, inputs: Properties, change: Change): void;
  delete?(account: Account, id: string, state: Properties): void | Promise<void>;
  /** Waits for what the real provider waits for after a creation or update. */
  settle?(account: Account, id: string, inputs: Properties, change?: Change): Promise<void>;
  /** Whether it still exists in the account. */
  exists?(account: Account, id: string): boolean;
  /** Outputs, and inputs as they really are now. */
  outputs?(id: string, inputs: Properties, account: Account): Properties;
  /** Outputs that an update of these properties changes to something a preview can't know. */
  recomputed?(changed: string[], inputs: Properties): string[];
}
