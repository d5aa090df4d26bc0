#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes sure that the compiler and the libraries are installed. Tests each library by building a
# small program with it. Success is recorded in build/setup-*; later runs change nothing and need no
# network. Missing packages are installed with apt-get if this runs as root or sudo asks for no
# password; otherwise the command to run is printed.
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

parses() {  # name, source
  printf '%s\n' "$2" 'int main() {}' >"$probe/$1.cpp"
  "$cxx" -std=c++20 -fsyntax-only "$probe/$1.cpp" 2>"$probe/$1.log"
}

lies_in() {  # a file's name below one of the usual folders; without a compiler nothing else can be asked
  name=$1; shift
  for folder in "$@"; do [ -e "$folder/$name" ] && return 0; done
  return 1
}
has_header() { lies_in "$1" /usr/include /usr/local/include /usr/include/*-linux-gnu*; }
has_library() { lies_in "$1" /usr/lib /usr/local/lib /usr/lib64 /usr/lib/*-linux-gnu*; }

has() {
  if [ "$compiler" = no ]; then
    case $1 in
      openblas) has_header cblas.h && has_library libopenblas.so ;;
      zlib) has_header zlib.h && has_library libz.so ;;
      cli11) has_header CLI/Version.hpp ;;
      json) has_header nlohmann/json_fwd.hpp ;;
      catch2) has_header catch2/catch_test_macros.hpp || has_header catch2/catch.hpp ;;
    esac
    return
  fi
  case $1 in
    openblas) builds openblas '#include <cblas.h>
int main() { float x = 1; cblas_sscal(1, 2, &x, 1); return x != 2; }' -lopenblas ;;
    zlib) builds zlib '#include <zlib.h>
int main() { return zlibVersion()[0] == 0; }' -lz ;;
    cli11) parses cli11 '#include <CLI/Version.hpp>' ;;
    json) parses json '#include <nlohmann/json_fwd.hpp>' ;;
    catch2) parses catch2 '#if !__has_include(<catch2/catch_test_macros.hpp>) && !__has_include(<catch2/catch.hpp>)
#error
#endif' ;;
  esac
}

find_missing() {
  missing=
  compiler=yes
  if ! command -v "$cxx" >/dev/null 2>&1; then compiler=no
  else builds cxx 'int main() { return 0; }' '' || compiler=no
  fi
  [ $compiler = yes ] || missing=" compiler"
  for part in openblas zlib cli11 json; do has $part || missing="$missing $part"; done
  # The tests need one part more: it is named together with others, so that one set-up serves both.
  if [ "$what" = test ] || [ -n "$missing" ]; then has catch2 || missing="$missing catch2"; fi
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
      zlib*) printf ' zlib1g-dev' ;;
      cli11*) printf ' libcli11-dev' ;;
      json*) printf ' nlohmann-json3-dev' ;;
      catch2*) printf ' catch2' ;;
    esac
  done
}

if ! command -v apt-get >/dev/null 2>&1; then
  echo "gradus needs packages that are missing:$missing." >&2
  echo "  Fedora:   dnf install gcc-c++ openblas-devel zlib-devel cli11-devel json-devel catch-devel" >&2
  echo "  Arch:     pacman -S gcc openblas zlib cli11 nlohmann-json catch2" >&2
  echo "  Homebrew: brew install gcc openblas zlib cli11 nlohmann-json catch2" >&2
  exit 1
fi
packages=$(apt_packages)
sudo=
if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; sudo -n true >/dev/null 2>&1 || sudo=no; fi
if [ "$DEPS" = no ] || [ "$sudo" = no ]; then
  echo "gradus needs packages that are missing:$missing. Run this once, then make again:" >&2
  echo "  sudo apt-get install --no-install-recommends$packages" >&2
  exit 1
fi

echo "gradus needs packages that are missing:$missing. Installing:$packages"
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
