# What the scripts at the root share: checks of what the machine has, and builds that run only when a source changed.
# Sourced with the repository's root as the working directory.
# A stamp file's time is when the last good build began; a source (or a directory that lost one) newer than it is a reason to build.
# Everything printed here goes to standard error, so that the output of ./headroom stays the program's own.

STAMPS=artifacts/stamps
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NPM_CONFIG_UPDATE_NOTIFIER=false

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Milliseconds, without starting a process.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }

seconds_since() { local ms=$(($(now_ms) - $1)); printf '%d.%02d s' $((ms / 1000)) $((ms % 1000 / 10)); }

have() { command -v "$1" >/dev/null 2>&1; }

# apt_install WHY PACKAGE…: installs, or says how somebody who may can do it.
apt_install() {
  local why=$1
  shift
  if ! have apt-get; then
    die "Missing: $why. This machine has no apt-get; install what corresponds to the Debian packages: $*"
  elif [ "$(id -u)" != 0 ]; then
    die "Missing: $why. Install it with:  sudo apt-get install -y --no-install-recommends $*"
  fi
  say "Installing $* ($why)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 </dev/null ||
    { apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null; } ||
    die "Could not install $*. Try it by hand:  apt-get update && apt-get install -y --no-install-recommends $*"
}

need_dotnet() {
  if ! have dotnet; then
    die "Missing: the .NET 10 SDK. Get it from https://dotnet.microsoft.com/download/dotnet/10.0," \
      "or:  curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
  fi
  local version
  version=$(dotnet --version 2>/dev/null) || version=
  case $version in
    10.*) ;;
    *) die "Missing: the .NET 10 SDK; found: $(dotnet --list-sdks 2>/dev/null | tr '\n' ' '). Get it from https://dotnet.microsoft.com/download/dotnet/10.0" ;;
  esac
}

need_node() {
  local version=
  have node && version=$(node --version)
  local major=${version#v}
  major=${major%%.*}
  if [ "${major:-0}" -lt 20 ] || ! have npm; then
    die "Missing: Node.js 20 or newer with npm (found: ${version:-none}). Get it from https://nodejs.org/en/download," \
      "or on Debian 13:  sudo apt-get install -y nodejs npm"
  fi
}

need_time_zones() {
  [ -e /usr/share/zoneinfo/Europe/Berlin ] || apt_install "the time zone database" tzdata
}

# stale STAMP FIND_ARGUMENT…: true when the stamp is missing or something found is newer.
stale() {
  local stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# locked NAME COMMAND…: one build of a kind at a time, also over several terminals.
locked() {
  local name=$1
  shift
  mkdir -p "$STAMPS"
  (
    flock 9
    "$@"
  ) 9>"$STAMPS/$name.lock"
}

web_stale() {
  [ -f web/package.json ] || return 1
  [ -f web/dist/index.html ] || return 0
  stale "$STAMPS/web" web -mindepth 1 \( -path web/node_modules -o -path web/dist -o -path web/coverage \) -prune -o -type f
}

# npm_install DIRECTORY NAME: the exact packages of the lock file; their install scripts are never run.
npm_install() {
  if [ ! -d "$1/node_modules" ] || stale "$STAMPS/$2-packages" "$1/package-lock.json" "$1/package.json"; then
    need_node
    say "Installing the packages of $1"
    touch "$STAMPS/$2-packages.next"
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2) ||
      die "npm ci failed in $1: is the npm registry reachable (npm ping)?"
    mv "$STAMPS/$2-packages.next" "$STAMPS/$2-packages"
  fi
}

build_web_now() {
  web_stale || return 0
  need_node
  npm_install web web
  say "Building the web app"
  touch "$STAMPS/web.next"
  (cd web && npm run --silent build </dev/null >&2) || die "The web app does not build."
  mv "$STAMPS/web.next" "$STAMPS/web"
}

build_web() { ! web_stale || locked web build_web_now; }

APP=artifacts/app

server_stale() {
  [ -x "$APP/headroom" ] || return 0
  local also=()
  [ ! -d web/dist ] || also=(web/dist)
  stale "$STAMPS/server" src Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt global.json "${also[@]}"
}

# Published beside the old one and swapped: a server that runs from the old files keeps them.
build_server_now() {
  server_stale || return 0
  need_dotnet
  need_time_zones
  say "Building the server"
  touch "$STAMPS/server.next"
  rm -rf "$APP.next"
  dotnet publish src/Headroom/Headroom.csproj -c Release -o "$APP.next" --nologo -v quiet </dev/null >&2 || die "The server does not build."
  rm -rf "$APP.old"
  [ ! -e "$APP" ] || mv "$APP" "$APP.old"
  mv "$APP.next" "$APP"
  rm -rf "$APP.old"
  mv "$STAMPS/server.next" "$STAMPS/server"
}

build_server() { ! server_stale || locked server build_server_now; }
