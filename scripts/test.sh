#!/usr/bin/env bash
# Every test, in the order in which a fault is found soonest. Ends with ctest's own summary, and with its
# exit status. CTEST_ARGS selects, e.g. CTEST_ARGS="-L unit".
#   build/       release: unit tests, whole-program tests (tests/)
#   build-asan/  unit tests and fuzz corpora under ASan and UBSan
#   build-tsan/  the daemon for the reload-under-load test, and what workers share
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

cmake --log-level=WARNING --preset release -DDOTMESH_TESTS=ON -DDOTMESH_FUZZ=ON -DDOTMESH_BENCH=OFF
cmake --build build -j "$jobs"
cmake --log-level=WARNING --preset asan-ubsan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1"
cmake --build build-asan -j "$jobs"
cmake --log-level=WARNING --preset tsan -DDOTMESH_TESTS=ON -DDOTMESH_FUZZ=OFF \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1"
cmake --build build-tsan -j "$jobs" --target dotmesh simulation_test

# shellcheck disable=SC2086
exec ctest --test-dir build --output-on-failure -j "$jobs" ${CTEST_ARGS:-}
