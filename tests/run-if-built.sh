#!/bin/sh
# run-if-built.sh FILE COMMAND... : runs the command when FILE exists; else says so and exits 77 (ctest: skipped).
file=$1
shift
if [ ! -e "$file" ]; then
  echo "skipped: $file is not built; make test builds it"
  exit 77
fi
exec "$@"
