#!/usr/bin/env bash
# install-deps.sh GROUP... : installs the packages of scripts/packages.txt that are missing.
# Silent, quick and without network when nothing is missing. Exit 1 when something stays missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v dpkg-query >/dev/null; then
  echo "install-deps: not a Debian system; needed packages (Debian 12 names):" >&2
  for group in "$@"; do awk -v g="$group" '$1 == g {print "  " $2}' "$here/packages.txt"; done | sort -u >&2
  exit 0
fi

missing_packages() {
  local group package
  for group in "$@"; do
    awk -v g="$group" '$1 == g {print $2}' "$here/packages.txt"
  done | sort -u | while read -r package; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

mapfile -t missing < <(missing_packages "$@")
[ ${#missing[@]} -eq 0 ] && exit 0

echo "install-deps: missing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps: cannot install: not root and no sudo. As root run:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# The DNS servers are wanted as programs for tests, not as services of this machine: while apt runs,
# policy-rc.d keeps them from starting, and what was installed just now is not started at boot either.
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}   # another path in the test of this script
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null &&
    "${as_root[@]}" chmod 755 "$policy" && made_policy=yes
fi
cleanup() { [ "$made_policy" = yes ] && "${as_root[@]}" rm -f "$policy"; }
trap cleanup EXIT

install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
# A machine with old lists still gets its packages: refresh the lists first, but go on without.
"${as_root[@]}" apt-get update -qq || echo "install-deps: apt-get update failed; trying with the lists that are here" >&2
install "${missing[@]}" || for package in "${missing[@]}"; do install "$package"; done

if [ -d /run/systemd/system ]; then
  for package in "${missing[@]}"; do
    case $package in
      bind9) service=named ;;
      knot | nsd) service=$package ;;
      pdns-server) service=pdns ;;
      *) continue ;;
    esac
    "${as_root[@]}" systemctl disable -q "$service" 2>/dev/null
  done
fi

mapfile -t still < <(missing_packages "$@")
[ ${#still[@]} -eq 0 ] && exit 0
echo "install-deps: could not install: ${still[*]}" >&2
echo "  see the messages of apt-get above; try: apt-get install ${still[*]}" >&2
exit 1
