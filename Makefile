# Entry points; CMake does the work (CMakePresets.json). `make help` lists them.
.DEFAULT_GOAL := build
JOBS ?= $(shell nproc)
CMAKE_QUIET := --log-level=WARNING

.PHONY: build run test test-package unit lab deb image bench clean format help

help:
	@echo "make         build build/dotmesh"
	@echo "make run     build and start a node on 127.0.0.1:5353 with the example network"
	@echo "make test    build and run every test (CTEST_ARGS='-L unit' selects)"
	@echo "make unit    build and run the unit tests only: the fast round before a commit"
	@echo "make lab     anycast in network namespaces: who answers as nodes die and return (root; docs/anycast-lab.md)"
	@echo "make deb     the Debian package, in build/deb; lintian has the last word"
	@echo "make image   the OCI images dotmesh and dotmesh-bird, with docker, podman or buildah (packaging/container)"
	@echo "make test-package  the package and the image, built, installed and run in machines of their own (root)"
	@echo "make bench   measure beside Knot, NSD, BIND and PowerDNS (docs/benchmarks.md)"
	@echo "make format  clang-format over src, bench and fuzz"
	@echo "make clean   remove every build folder"

build:
	@scripts/install-deps.sh build
	@test -f build/build.ninja || cmake $(CMAKE_QUIET) --preset release -DDOTMESH_TESTS=OFF -DDOTMESH_BENCH=OFF -DDOTMESH_FUZZ=OFF
	@cmake --build build -j $(JOBS) --target dotmesh

run: build
	@scripts/install-deps.sh run || true
	@scripts/run-example.sh

unit:
	@scripts/install-deps.sh build test
	@cmake $(CMAKE_QUIET) --preset release -DDOTMESH_TESTS=ON -DDOTMESH_BENCH=OFF -DDOTMESH_FUZZ=ON
	@cmake --build build -j $(JOBS)
	@ctest --test-dir build -L unit --output-on-failure -j $(JOBS)

test:
	@scripts/install-deps.sh build run test
	@scripts/test.sh

lab: build
	@scripts/install-deps.sh lab
	@/usr/bin/python3 -B tests/lab/run.py $(LAB_ARGS)

deb:
	@scripts/install-deps.sh build package
	@scripts/build-deb.sh

image:
	@scripts/build-image.sh

test-package: deb
	@scripts/install-deps.sh package-test || true
	@cd tests && DOTMESH_PACKAGES=$(CURDIR)/build/deb /usr/bin/python3 -B -m pytest -q package -rs

bench:
	@scripts/install-deps.sh build bench
	@cmake $(CMAKE_QUIET) --preset release -DDOTMESH_BENCH=ON
	@cmake --build build -j $(JOBS) --target dotmesh bench_echo
	@/usr/bin/python3 bench/run.py $(BENCH_ARGS)

format:
	@git ls-files 'src/*.cc' 'src/*.h' 'bench/*.cc' 'fuzz/*.cc' | xargs clang-format -i

clean:
	@rm -rf build build-dev build-asan build-tsan build-coverage
