import { describe, inject } from 'vitest';

/** `describe` for tests that need machines which really boot; skipped where there can be none, for the reason that the set-up has said. */
export const onMachines = describe.skipIf(inject('machinesMissing') !== undefined);
