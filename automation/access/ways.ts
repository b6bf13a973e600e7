import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import { reach, seesPrivateZone } from './reach.ts';
import { refuseWithoutTools } from './session.ts';

/** Whether Session Manager may lead to the API servers. */
export function usesSsm(environment: Environment): boolean {
  return environment.access.ssm;
}

/** What an operator can do to reach the API servers, which only the VPC and the allowed networks can. */
export function waysIn(environment: Environment): string[] {
  const { name, network, kubeContext } = environment;
  const allowed = network.apiAllowedCidrs.length > 0 ? ` (${network.apiAllowedCidrs.join(', ')})` : '';
  return [
    ...(usesSsm(environment) ? [] : [`set \`access: { ssm: true }\` in ${name}/environment.yaml and run it again`]),
    `run it inside the VPC, or in a network of \`network.apiAllowedCidrs\`${allowed} that knows the names of ${environment.domain}`,
    `set KUBECONFIG to a file with a context "${kubeContext}" that leads there`,
  ];
}

export interface ForeseeOptions {
  environment: Environment;
  stacks: Pick<StackOutputs, 'outputs'>;
  /** Looks at the network; for tests. */
  look?: { reach: typeof reach; seesPrivateZone: typeof seesPrivateZone };
}

/**
 * Says before the first change whether the cluster will be out of reach when it is needed, for who has no kube context of
 * their own. Certain are: a network that doesn't exist yet, which this machine can't be in; names of the cluster that aren't
 * known here.
 * @returns what can't be known, for the operator to read; undefined where nothing is doubtful.
 * @throws UserError where it will be out of reach.
 */
export async function foresee({
  environment,
  stacks,
  look = { reach, seesPrivateZone },
}: ForeseeOptions): Promise<string | undefined> {
  if (usesSsm(environment)) {
    refuseWithoutTools(environment.name);
    return undefined;
  }
  const { apiHost, domain, network } = environment;
  const [deployed, controllers] = [await stacks.outputs('network'), await stacks.outputs('controllers')];
  const reached = controllers && (await look.reach(apiHost, 6443));
  if (reached?.ok || (deployed && (await look.seesPrivateZone(domain)))) return undefined;
  // Known here, but silent: its machines may be what the run is to repair.
  const silent = reached && /^(ETIMEDOUT: .* doesn’t answer|EHOSTUNREACH)/.test(reached.why);
  if (silent || (!controllers && network.apiAllowedCidrs.length > 0))
    return `whether the API servers can be reached from here isn’t known yet${reached ? ` (${reached.why})` : `: the names of ${domain} aren’t`}`;
  throw unreachable(environment, deployed ? (reached?.why ?? `the names of ${domain} aren’t known here`) : undefined);
}

function unreachable(environment: Environment, why: string | undefined): UserError {
  const { name } = environment;
  const network =
    why === undefined
      ? [`bring up the network alone, and the rest from inside it: kubezero up ${name} --layer network`]
      : [];
  return new UserError(
    `the API servers of ${name} can’t be reached from here, and layers after the network need them: ${
      why ?? 'they are in a VPC that doesn’t exist yet, and no other network is let in'
    }`,
    {
      where: `${name}/environment.yaml: access, network.apiAllowedCidrs`,
      state: 'nothing was changed',
      fix: [...waysIn(environment), ...network].join('; or '),
      exitCode: exitCode.blocked,
    },
  );
}
