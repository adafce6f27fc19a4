#!/usr/bin/env bash
# Builds the OCI images dotmesh and dotmesh-bird (packaging/container/Dockerfile) with the engine that is here: docker
# when its daemon answers, else podman, else buildah. IMAGE_ARGS goes to the engine's build, --build-arg BASE=... for one.
set -eu
cd "$(dirname "$0")/.."
file=packaging/container/Dockerfile

if docker version >/dev/null 2>&1; then
  build() { docker build "$@"; }
elif command -v podman >/dev/null; then
  build() { podman build --format docker --isolation chroot "$@"; }
elif command -v buildah >/dev/null; then
  build() { buildah bud --format docker --isolation chroot "$@"; }
else
  echo "build-image: neither a docker daemon nor podman nor buildah is here; on Debian: apt install buildah" >&2
  exit 1
fi
# shellcheck disable=SC2086  # several arguments
build -f "$file" --target dotmesh -t dotmesh ${IMAGE_ARGS:-} .
# shellcheck disable=SC2086
build -f "$file" --target bird -t dotmesh-bird ${IMAGE_ARGS:-} .
