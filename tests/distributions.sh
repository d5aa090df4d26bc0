#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds gradus in a fresh Debian 12 (bookworm) and 13 (trixie), or Ubuntu 24.04 (noble), with the
# README's two commands, make demo and make test. Run it by hand before a release, as root, in the
# top folder:
#   sh tests/distributions.sh [bookworm] [trixie]
#   MIRROR=URL KEYRING=FILE sh tests/distributions.sh noble
# Packages come from the mirror that apt uses on this machine, or from MIRROR=URL; KEYRING is the
# file with the keys of another distribution's archive. The systems stay in WHERE=FOLDER
# (build/distributions), about 2 GB each, for the next run.
set -eu
where=${WHERE:-build/distributions}
mkdir -p "$where"
where=$(cd "$where" && pwd)
if ! command -v debootstrap >/dev/null 2>&1; then
  echo "tests/distributions.sh needs debootstrap: apt-get install debootstrap" >&2
  exit 1
fi
mirror=${MIRROR:-$(sh tests/debian_mirror.sh)}
make_system() {  # suite, folder
  case $1 in
    noble)
      [ -n "${MIRROR:-}" ] && [ -r "${KEYRING:-}" ] || {
        echo "tests/distributions.sh noble needs MIRROR=URL of an Ubuntu archive and KEYRING=FILE with its keys" >&2
        exit 1
      }
      debootstrap --variant=minbase --components=main,universe --keyring="$KEYRING" "$1" "$2" "$mirror" gutsy ;;
    *) debootstrap --variant=minbase "$1" "$2" "$mirror" ;;
  esac
}

unmount() {
  for mounted in proc sys dev/pts dev; do
    umount "$1/$mounted" 2>/dev/null || true
  done
}

try() {  # suite
  root=$where/$1
  echo "== $1: the system"
  [ -e "$root/usr/bin/apt-get" ] || make_system "$1" "$root" >"$where/$1.log"
  trap 'unmount "$root"' EXIT INT TERM
  mount -t proc proc "$root/proc"
  mount --bind /sys "$root/sys"
  mount --bind /dev "$root/dev"
  mount --bind /dev/pts "$root/dev/pts"
  in_it() { nice chroot "$root" env -i HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$1"; }
  in_it 'command -v make >/dev/null || { apt-get update -q && apt-get install -y -q make; }' \
    >>"$where/$1.log" 2>&1
  mkdir -p "$root/gradus"
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C "$root/gradus"
  for goal in demo test; do
    echo "== $1: make $goal"
    in_it "cd /gradus && make $goal" >"$where/$1-$goal.log" 2>&1 || {
      tail -n 40 "$where/$1-$goal.log"
      echo "== $1: make $goal failed; all of it: $where/$1-$goal.log"
      exit 1
    }
  done
  in_it 'g++ --version | head -n 1'
  tail -n 1 "$where/$1-test.log"
  if grep -q 'warning:' "$where/$1-demo.log" "$where/$1-test.log"; then
    grep -h 'warning:' "$where/$1-demo.log" "$where/$1-test.log" | sort | uniq -c | head -n 20
    echo "== $1: the compiler warned"
    exit 1
  fi
  unmount "$root"
}

for suite in ${*:-bookworm trixie}; do try "$suite"; done
