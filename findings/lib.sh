# SPDX-License-Identifier: MIT
# Shared by the findings: in a temporary folder, a Python environment of pinned packages.
#   place=$(mktemp -d)
#   . "$(dirname "$0")/lib.sh"; packages 'numpy==2.4.6'; check "expected text" <<'PY' ... PY
set -euo pipefail
trap 'rm -rf "$place"' EXIT
packages() {
  python3 -m venv "$place/venv"
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check "$@" 2> "$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
}
# Runs the program on standard input, prints what it prints, and fails where that differs from $1.
check() {
  "$place/venv/bin/python" - > "$place/seen" 2> "$place/errors" ||
    { cat "$place/seen" "$place/errors" >&2; exit 1; }
  cat "$place/seen"
  printf '%s\n' "$1" | diff - "$place/seen" ||
    { echo 'this has changed: the lines above marked < were expected' >&2; exit 1; }
}
