#!/bin/sh
# The boot program: at every start of the machine, whatever state it is in, it runs the steps of /etc/kubezero/steps in their
# order. A step that fails stops the ones after it; then, after a pause, all run again from the first: each finds out by
# itself what is left to do. Once all have passed, they run every hour, which keeps published what has to stay published.
RUN=/run/kubezero LOG=/var/log/kubezero/boot.log
umask 077
mkdir -p "$RUN" /var/log/kubezero
exec >> "$LOG" 2>&1
set -uf

state() {
  echo "$*" > "$RUN/state.new"
  mv "$RUN/state.new" "$RUN/state"
}
# Somewhere between half of that many seconds and all of them, so that machines that failed together don't try together.
pause() { sleep $(($1 / 2 + $(od -An -N2 -tu2 /dev/urandom) % ($1 / 2 + 1))); }

attempt=1 delay=2
while :; do
  failed=
  while read -r step; do
    [ "$attempt" -gt 1 ] || [ -e "$RUN/passed" ] || state "$step" "$attempt"
    rm -f "$RUN/message"
    if ! sh "/usr/local/lib/kubezero/$step" < /dev/null; then
      failed=$step
      break
    fi
  done < /etc/kubezero/steps
  if [ -n "$failed" ]; then
    # Split into words, which makes one line of what the AWS CLI says in several.
    # shellcheck disable=SC2046
    state "$failed" "$attempt" $(cat "$RUN/message" 2> /dev/null || tail -n 1 "$LOG")
    sh /usr/local/lib/kubezero/log < /dev/null
    pause "$delay"
    attempt=$((attempt + 1))
    delay=$((delay * 2))
    [ "$delay" -le 60 ] || delay=60
  else
    : > "$RUN/passed"
    state running
    sh /usr/local/lib/kubezero/log < /dev/null
    attempt=1 delay=2
    # The log of a machine that runs for a year stays small.
    if [ "$(wc -c < "$LOG")" -gt 4194304 ]; then mv "$LOG" "$LOG.1" && exec >> "$LOG" 2>&1; fi
    pause 4800
  fi
done
