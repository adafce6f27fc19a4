#!/usr/bin/env bash
# Builds the Debian package of the tree as committed into build/deb (or OUT), in a copy: the tree itself stays clean.
# Ends with lintian's findings; an error or a warning of it is a failure. DOTMESH_PREBUILT: see debian/rules.
set -eu
cd "$(dirname "$0")/.."
out=${OUT:-$PWD/build/deb}
rm -rf "$out"
mkdir -p "$out/dotmesh"
git archive HEAD | tar -x -C "$out/dotmesh"
cd "$out/dotmesh"
dpkg-buildpackage -us -uc -b -j"${JOBS:-$(nproc)}" >"$out/build.log" 2>&1 || { tail -n 40 "$out/build.log" >&2; exit 1; }
rm -rf "$out/dotmesh"
cd "$out"
if [ -n "${DOTMESH_PREBUILT:-}" ]; then ls "$out"/*.deb; exit 0; fi  # not what is to be given away
if [ "$(id -u)" -eq 0 ]; then as=--allow-root; else as=; fi
lintian $as --fail-on error,warning ./*.changes
ls "$out"/*.deb
