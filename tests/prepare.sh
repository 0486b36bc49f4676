# What cli/quickstart and tests/run share, for bash: installing Debian packages and building a preset.
# The caller is in the project's folder and has set -euo pipefail.

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }

# missing_packages PACKAGE...: those that are not installed.
missing_packages() {
  local package
  for package; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
      installed*) ;;
      *) echo "$package" ;;
    esac
  done
}

# dpkg's scripts ask /usr/sbin/policy-rc.d before they start a service. An administrator's own is moved aside and back, so
# that it returns exactly as it was; after a kill -9 the next run puts it back first.
policy=/usr/sbin/policy-rc.d
kept_policy=$policy.mailspoor-kept

policy_is_ours() { grep -qs 'Written by Mailspoor' "$policy" || [ -e "$kept_policy" ] || [ -L "$kept_policy" ]; }

restore_policy() {
  if [ -e "$kept_policy" ] || [ -L "$kept_policy" ]; then
    mv -f "$kept_policy" "$policy"
  elif policy_is_ours; then
    rm -f "$policy"
  fi
}

# Runs as root, under a lock: installs what is still missing and starts no service.
install_as_root() {
  local missing
  exec 9>/run/mailspoor-packages.lock
  flock 9
  restore_policy
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  trap restore_policy EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$kept_policy"; fi
  printf '#!/bin/sh\n# Written by Mailspoor while it installs packages, and removed afterwards.\nexit 101\n' >"$policy"
  chmod 755 "$policy"

  export DEBIAN_FRONTEND=noninteractive
  # Package lists that cannot be renewed may still do.
  apt-get update -q -o DPkg::Lock::Timeout=600 </dev/null || echo "apt-get update failed; going on with the lists as they are" >&2
  # shellcheck disable=SC2086  # one word each
  apt-get install -q -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 $missing </dev/null
}

# install_packages PACKAGE...: quick and offline when nothing is missing.
install_packages() {
  local missing functions log as_root=()
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || policy_is_ours || return 0
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      [ -n "$missing" ] || return 0
      echo "These Debian packages are missing; without root or sudo, please let somebody install them:" >&2
      echo "  apt-get install" $missing >&2
      return 1
    fi
    as_root=(sudo)
  fi
  if [ -n "$missing" ]; then say "Installing" $missing; fi
  # A shell of its own, so that sudo can run it and its traps stay in it.
  functions=$(declare -p policy kept_policy; declare -f missing_packages policy_is_ours restore_policy install_as_root)
  log=$(mktemp)
  if ! "${as_root[@]}" bash -euo pipefail -c "$functions"'
       install_as_root "$@"' install_as_root "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Ninja's lines on standard input, one in place on a terminal, one every half minute elsewhere.
show_progress() {
  local line shown=$SECONDS
  while IFS= read -r line; do
    case $line in \[*) ;; *) continue ;; esac
    if [ -t 1 ]; then
      printf '\r\033[K%.*s' "${COLUMNS:-79}" "$line"
    elif ((SECONDS - shown >= 30)); then
      shown=$SECONDS
      say "  ${line%%]*}]"
    fi
  done
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# build PRESET: configures and builds it in build/PRESET. One at a time; whoever comes second finds it done.
build() {
  local preset=$1 log started=$SECONDS
  mkdir -p build
  log=build/$preset.log
  say "Building $preset (whole output: $log)"
  (
    flock 8
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } 2>&1 | tee "$log" | show_progress; then
      # What failed, and not the thousands of lines before it.
      { grep -n -m 1 -A 60 -E '^FAILED:|CMake Error|error:' "$log" || tail -n 60 "$log"; } >&2
      exit 1
    fi
  ) 8>"build/$preset.lock" || { echo "The build failed; whole output: $PWD/$log" >&2; return 1; }
  say "Built $preset in $((SECONDS - started)) s"
}
