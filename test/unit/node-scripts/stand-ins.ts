/**
 * The AWS CLI, with the texts that the real one (1.22 and 1.46) prints. A folder plays S3; everything else must be answered
 * by the test (`aws-answers`), or is an error. `faults/<operation>` makes an operation fail, `before/<operation>` is run
 * once before one (what another machine does meanwhile), `old-cli` makes it one that knows no conditions.
 */
export const awsStandIn = (root: string): string => String.raw`
root='${root}'
[ ! -e "$root/aws-answers" ] || . "$root/aws-answers"
error() { echo >&2; echo "$1" >&2; exit 255; }
[ "$1" = s3api ] || error "nobody answers: aws $*"
operation=$2 bucket= key= body= only= prefix= file=
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    --bucket) bucket=$2; shift 2 ;;
    --key) key=$2; shift 2 ;;
    --body) body=$2; shift 2 ;;
    --prefix) prefix=$2; shift 2 ;;
    --query | --output | --content-type) shift 2 ;;
    --if-none-match)
      [ ! -e "$root/old-cli" ] || { echo "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]" >&2; error "Unknown options: --if-none-match, $2"; }
      only=$2; shift 2 ;;
    --*) error "Unknown options: $1" ;;
    *) file=$1; shift ;;
  esac
done
if [ -e "$root/before/$operation" ]; then
  mv "$root/before/$operation" "$root/meanwhile"
  . "$root/meanwhile"
fi
if [ -e "$root/faults/$operation" ]; then
  keys=$(head -n 1 "$root/faults/$operation")
  case $key in $keys) error "$(tail -n +2 "$root/faults/$operation")" ;; esac
fi
object="$root/s3/$bucket/$key"
case $operation in
  get-object)
    [ -e "$object" ] || error 'An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.'
    cat "$object" > "$file"; echo '{ "ContentLength": 1 }' ;;
  head-object)
    [ -e "$object" ] || error 'An error occurred (404) when calling the HeadObject operation: Not Found'
    echo '{ "ContentLength": 1 }' ;;
  put-object)
    if [ -n "$only" ] && [ -e "$object" ]; then error 'An error occurred (PreconditionFailed) when calling the PutObject operation: At least one of the pre-conditions you specified did not hold'; fi
    mkdir -p "$(dirname "$object")"
    cat "$body" > "$object"; echo '{ "ETag": "x" }' ;;
  list-objects-v2)
    found=$(cd "$root/s3/$bucket" 2> /dev/null && find . -type f | sed 's|^\./||' | grep "^$prefix" | tr '\n' '\t' | sed 's/\t$//')
    echo "${'${found:-None}'}" ;;
  *) error "argument operation: Invalid choice: $operation" ;;
esac`;

/** What etcd says, as etcdctl 3.4 and 3.5 do. */
export interface EtcdAnswers {
  /** Endpoints that answer for a quorum; others refuse the connection. */
  healthy: string[];
  /** Endpoints that answer with their status; all that are healthy, unless given. */
  running?: string[];
  /** Cluster id and own member id, in decimal as it prints them. */
  cluster: string;
  member?: string;
  learner?: boolean;
  /** `id, status, name, peer URLs, client URLs, learner` */
  members: string[];
  /** How many times it lists them; after that the quorum is gone. */
  lists?: number;
  /** What `member <verb>` fails with, e.g. `{ add: 'etcdserver: unhealthy cluster' }`. */
  refuses?: Record<string, string>;
}

const warning =
  '{"level":"warn","ts":"2026-11-30T08:18:38Z","logger":"etcd-client","caller":"v3@v3.5.21/retry_interceptor.go:63","msg":"retrying of unary invoker failed","attempt":0}';

/** etcdctl, on members in the file `etcd-members`, which adding, removing and promoting changes as etcd would. */
export const etcdctlStandIn = (
  root: string,
  { healthy, running, cluster, member, learner, refuses = {}, lists = 99 }: EtcdAnswers,
): string => {
  const any = (endpoints: string[]) => endpoints.map((endpoint) => `*${endpoint}*`).join('|') || 'none';
  const refusals = Object.entries(refuses)
    .map(([verb, text]) => `*" member ${verb} "*|*" member ${verb}") say '${warning}'; say 'Error: ${text}'; exit 1 ;;`)
    .join('\n');
  return String.raw`
members='${root}/etcd-members'
say() { echo "$*" >&2; }
dead() { say '${warning}'; say 'Error: context deadline exceeded'; exit 1; }
all=" $*"
case $2 in ${any(healthy)}) quorum=1 ;; *) quorum= ;; esac
case "$all" in *"endpoint status"*)
  case $2 in ${any(running ?? healthy)}) ;; *) dead ;; esac
  is=${learner === true}
  [ ! -e '${root}/promoted' ] || is=false
  printf '"ClusterID" : %s\n"MemberID" : %s\n"Revision" : 1\n"RaftTerm" : 2\n"Version" : "3.5.21"\n"DBSize" : 20480\n"Leader" : 9\n"IsLearner" : %s\n"Errors" : []\n' ${cluster} ${member ?? '1'} $is
  exit 0 ;;
esac
[ -n "$quorum" ] || dead
case "$all" in
${refusals}
*"endpoint health"*) echo "$2 is healthy: successfully committed proposal: took = 1.2ms" ;;
*"member list"*)
  echo >> '${root}/lists'
  [ "$(wc -l < '${root}/lists')" -le ${lists} ] || dead
  say '${warning}'; cat "$members" ;;
*"member remove "*)
  id=$(echo "$all" | sed 's/.*member remove //')
  grep -q "^$id, " "$members" || { say 'Error: etcdserver: member not found'; exit 1; }
  grep -v "^$id, " "$members" > "$members.new"; mv "$members.new" "$members"; echo "Member $id removed" ;;
*"member add "*)
  url=$(echo "$all" | sed 's/.*--peer-urls //')
  ! grep -q "$url" "$members" || { say 'Error: etcdserver: Peer URLs already exists'; exit 1; }
  echo "fefe, unstarted, , $url, , true" >> "$members" ;;
*"member update "*)
  id=$(echo "$all" | sed 's/.*member update \([^ ]*\) .*/\1/')
  url=$(echo "$all" | sed 's/.*--peer-urls //')
  awk -F', ' -v OFS=', ' -v id="$id" -v url="$url" '$1 == id { $4 = url } { print }' "$members" > "$members.new"; mv "$members.new" "$members" ;;
*"member promote "*) touch '${root}/promoted' ;;
*) say "unknown command: $all"; exit 128 ;;
esac`;
};

/** What the AWS CLI says where it fails. */
export const cliSays = {
  denied: 'An error occurred (AccessDenied) when calling the GetObject operation: Access Denied',
  unreachable: 'Could not connect to the endpoint URL: "https://s3.eu-central-1.amazonaws.com/b/k"',
  busy: 'An error occurred (SlowDown) when calling the GetObject operation (reached max retries: 4): Please reduce your request rate.',
};
