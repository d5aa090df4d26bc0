#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the address of the Debian mirror that apt uses on this machine, or Debian's own.
site=$(apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
echo "${site:-http://deb.debian.org/debian}"
