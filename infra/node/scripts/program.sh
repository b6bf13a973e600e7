#!/bin/sh
# The scripts of the steps after this one: an object in the bucket, named by its digest, which user data has. They are installed
# once in a machine's life; from then on the bucket isn't asked, and what becomes of the object stops no start.
# shellcheck source=machine.sh
. /usr/local/lib/kubezero/machine.sh
umask 077
wanted=$(cat "$ETC/program")
[ "$(cat "$ETC/installed" 2> /dev/null)" != "$wanted" ] || exit 0

object=boot/$wanted
s3_get "$object" "$RUN/program" ||
  fail "$FOLDER/$object isn't there: the controllers layer was not updated to its end, or somebody deleted it. Nothing was installed. 'kubezero up $CLUSTER' puts it there (if it finds nothing to do: after 'pulumi refresh -s $CLUSTER-controllers'); this machine goes on by itself"
found=$(sha256sum < "$RUN/program")
if [ "${found%% *}" != "$wanted" ]; then
  rm "$RUN/program"
  fail "$FOLDER/$object is not what this machine was made for: its SHA-256 is ${found%% *}. Nothing was installed. Find out who wrote it, and put the version before it back (the bucket keeps them for 30 days); this machine goes on by itself"
fi
sh "$RUN/program" || fail "the scripts in $FOLDER/$object can't be installed, see above"
# The mark must not outlive, in a power cut, what it stands for.
sync
echo "$wanted" > "$ETC/installed.new"
mv "$ETC/installed.new" "$ETC/installed"
rm "$RUN/program"
log "installed the scripts of $FOLDER/$object"
