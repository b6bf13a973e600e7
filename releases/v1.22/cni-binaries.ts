import type { NodeCommand } from '../upgrade.ts';

/**
 * CNI plugins move from /opt/cni/bin to /usr/libexec/cni with 1.22. What is there already stays: it is a newer machine's
 * own. A machine without the old folder has nothing to copy. Each file gets its name when it is whole.
 */
export const cniBinaries: NodeCommand = {
  name: 'kubezero-cni-binaries',
  what: 'copy the CNI binaries to /usr/libexec/cni',
  done: 'CNI binaries copied',
  missing: 'no pod that copies the CNI binaries yet',
  script: `set -eu
from=/host/opt/cni/bin to=/host/usr/libexec/cni
mkdir -p "$to"
for file in "$from"/*; do
  [ -f "$file" ] || continue
  name=\${file##*/}
  if [ ! -e "$to/$name" ]; then
    cp -a "$file" "$to/$name.new"
    mv "$to/$name.new" "$to/$name"
  fi
done
`,
};
