#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes sure that the compiler and the libraries are there. Asks by use: a program that includes
# the headers and links the libraries must build. A yes is remembered in build/setup-*; then this
# touches nothing and needs no network. What is missing is installed with apt-get when this is
# root or sudo asks no password; otherwise the one line to run is printed.
#   setup.sh [test]     CXX=compiler  DEPS=no: never install
set -u
DEPS=${DEPS:-yes}
what=${1:-build}
cxx=${CXX:-g++}
probe=build/setup
mkdir -p "$probe" || exit 1

builds() {  # name, source, libraries
  printf '%s\n' "$2" >"$probe/$1.cpp"
  # shellcheck disable=SC2086
  "$cxx" -std=c++20 -fopenmp "$probe/$1.cpp" -o "$probe/$1" $3 >"$probe/$1.log" 2>&1
}

find_missing() {
  missing=
  if ! command -v "$cxx" >/dev/null 2>&1; then
    missing="compiler"
    # Without a compiler nothing can be asked by use.
    missing="$missing openblas cli11 json"
    [ "$what" = test ] && missing="$missing catch2"
    return
  fi
  builds cxx 'int main() { return 0; }' '' || missing="$missing compiler"
  builds openblas '#include <cblas.h>
int main() { float x = 1; cblas_sscal(1, 2, &x, 1); return x != 2; }' -lopenblas || missing="$missing openblas"
  printf '#include <CLI/Version.hpp>\nint main() {}\n' >"$probe/cli11.cpp"
  "$cxx" -std=c++20 -fsyntax-only "$probe/cli11.cpp" 2>"$probe/cli11.log" || missing="$missing cli11"
  printf '#include <nlohmann/json_fwd.hpp>\nint main() {}\n' >"$probe/json.cpp"
  "$cxx" -std=c++20 -fsyntax-only "$probe/json.cpp" 2>"$probe/json.log" || missing="$missing json"
  if [ "$what" = test ]; then
    found=no
    for header in catch2/catch_test_macros.hpp catch2/catch.hpp; do
      printf '#if !__has_include(<%s>)\n#error\n#endif\nint main() {}\n' "$header" >"$probe/catch2.cpp"
      "$cxx" -std=c++20 -fsyntax-only "$probe/catch2.cpp" 2>"$probe/catch2.log" && found=yes
    done
    [ $found = yes ] || missing="$missing catch2"
  fi
}

stamp="build/setup-$what-$(printf '%s' "$cxx" | tr -c 'A-Za-z0-9+.-' '_')"
[ -e "$stamp" ] && command -v "$cxx" >/dev/null 2>&1 && exit 0
find_missing
if [ -z "$missing" ]; then : >"$stamp"; exit 0; fi

apt_packages() {
  for m in $missing; do
    case "$m $cxx" in
      "compiler clang++-"*) v=${cxx##*clang++-}; printf ' clang-%s libomp-%s-dev' "$v" "$v" ;;
      "compiler clang++"*) printf ' clang libomp-dev' ;;
      compiler*) printf ' g++' ;;
      openblas*) printf ' libopenblas-dev' ;;
      cli11*) printf ' libcli11-dev' ;;
      json*) printf ' nlohmann-json3-dev' ;;
      catch2*) printf ' catch2' ;;
    esac
  done
}

if ! command -v apt-get >/dev/null 2>&1; then
  echo "gradus needs, and did not find:$missing." >&2
  echo "  Fedora:   dnf install gcc-c++ openblas-devel cli11-devel json-devel catch-devel" >&2
  echo "  Arch:     pacman -S gcc openblas cli11 nlohmann-json catch2" >&2
  echo "  Homebrew: brew install gcc openblas cli11 nlohmann-json catch2" >&2
  exit 1
fi
packages=$(apt_packages)
sudo=
if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; sudo -n true >/dev/null 2>&1 || sudo=no; fi
if [ "$DEPS" = no ] || [ "$sudo" = no ]; then
  echo "gradus needs, and did not find:$missing. Run this once, then make again:" >&2
  echo "  sudo apt-get install --no-install-recommends$packages" >&2
  exit 1
fi

echo "gradus needs, and did not find:$missing. Installing:$packages"
install() {
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $packages >"$probe/apt.log" 2>&1
}
install || { $sudo apt-get update -q >"$probe/apt-update.log" 2>&1; install; } || {
  echo "apt-get could not install$packages:" >&2
  tail -n 5 "$probe/apt.log" >&2
  exit 1
}
find_missing
if [ -n "$missing" ]; then
  echo "still missing after installing$packages:$missing; see the logs in $probe" >&2
  exit 1
fi
: >"$stamp"
