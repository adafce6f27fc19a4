#!/usr/bin/env bash
# docs/status-page.png for the README: the page of a node that is asked, made by hand when the page has changed.
set -eu
cd "$(dirname "$0")/../tests"
exec /usr/bin/python3 -B web/screenshot.py "${1:-../docs/status-page.png}"
