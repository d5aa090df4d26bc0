#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles all tests against Catch2 3 from Debian 13's package, if this machine has Catch2 2. The
# headers are unpacked in build/; nothing is installed or linked. If they cannot be downloaded, it
# prints that and succeeds.
set -u
cxx=${CXX:-g++}
dir=build/catch2-v3
if printf '#if __has_include(<catch2/catch_test_macros.hpp>)\nyes\n#endif\n' |
    "$cxx" -E -P -x c++ - | grep -q yes; then
  echo "skipped: the tests of this machine are compiled against Catch2 3 anyway"
  exit 0
fi

fetch() {
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" || return 1
  echo "deb [signed-by=$keys] $(sh tests/debian_mirror.sh) trixie main" >"$dir/sources.list"
  set -- -q -o "Dir::Etc::SourceList=$PWD/$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$PWD/$dir/lists" -o "Dir::Cache=$PWD/$dir/cache" -o APT::Sandbox::User=root
  apt-get "$@" update && (cd "$dir" && apt-get "$@" download libcatch2-dev) &&
    dpkg -x "$dir"/libcatch2-dev_*.deb "$dir"
}
headers=$dir/usr/include
[ -e "$headers/catch2/catch_test_macros.hpp" ] || fetch >"$dir.log" 2>&1 || {
  echo "skipped: Catch2 3 could not be downloaded; see $dir.log"
  exit 0
}

flags="-std=c++20 -fopenmp -O0 -Wall -Wextra -Wpedantic -Werror -isystem $headers -Iinclude -Isrc -I."
echo '#include "tests/precompiled.h"' >"$dir/parsed.h"
# shellcheck disable=SC2086
case $cxx in *clang*) ;; *) "$cxx" $flags -x c++-header "$dir/parsed.h" -o "$dir/parsed.h.gch" || exit 1 ;; esac
# One file for each folder, as in the Makefile's bundles; main.cpp is alone.
rm -rf "$dir/all"
for folder in tests tests/*/; do
  files=$(find "$folder" -maxdepth 1 -name '*.cpp' ! -name main.cpp | sort)
  [ -z "$files" ] || echo "$(basename "$folder")" $files
done | { echo main tests/main.cpp; cat; } | sh tools/bundles.sh "$dir/all"
find "$dir/all" -name '*.cpp' | sort |
  xargs -P "$(nproc)" -I FILE "$cxx" $flags -include "$dir/parsed.h" -fsyntax-only FILE || exit 1
echo "compiled $(find tests -name '*.cpp' | wc -l) test files against Catch2 $(dpkg-deb -f "$dir"/libcatch2-dev_*.deb Version)"
