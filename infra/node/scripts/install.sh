#!/bin/sh
# Last of what user data does, once in a machine's life: from now on the boot program runs at every start, and nothing but
# it starts the kubelet.
set -eu
if command -v rc-update > /dev/null; then
  rc-update -q del kubelet -a > /dev/null 2>&1 || true
  rc-update -q add kubezero default
  rc-service -q kubelet stop > /dev/null 2>&1 || true
  rc-service kubezero restart
else
  systemctl daemon-reload
  systemctl disable --now kubelet > /dev/null 2>&1 || true
  systemctl enable kubezero
  systemctl --no-block restart kubezero
fi
