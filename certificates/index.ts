export { createAuthority, issue, type LeafOptions } from './issue.ts';
export { type KeyPair, newServiceAccountKeys } from './keys.ts';
