#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the bundles of the Makefile that have changed: bundles.sh FOLDER < lines "NAME FILE...".
# Each becomes FOLDER/NAME.cpp, which includes its files. An unchanged one keeps its time.
set -u
new=$(cat)
[ "$new" != "$(cat "$1/bundles" 2>/dev/null)" ] || exit 0
printf '%s\n' "$new" | while read -r name files; do
  [ -n "$name" ] || continue
  mkdir -p "$1/$(dirname "$name")"
  for file in $files; do printf '#include "%s"\n' "$file"; done >"$1/bundle.$$"
  if cmp -s "$1/bundle.$$" "$1/$name.cpp"; then rm "$1/bundle.$$"; else mv "$1/bundle.$$" "$1/$name.cpp"; fi
done
printf '%s\n' "$new" >"$1/bundles"
