// For .ci/run: the Debian packages that machines which really boot need and this system lacks, in one line.
import { missingFromSystem, packagesOf } from './system.ts';

process.stdout.write(packagesOf(await missingFromSystem()).join(' '));
