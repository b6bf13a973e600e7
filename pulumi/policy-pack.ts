/**
 * The library's program that runs a policy pack for Node.js, as modules are named. It takes the engine's address and the
 * pack's directory, and looks for package.json in the working directory.
 */
export const policyPackProgram = '@pulumi/pulumi/cmd/run-policy-pack';
