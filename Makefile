# SPDX-License-Identifier: MIT
# make            the library and the program: build/libgradus.a, build/gradus
# make demo       set-up if needed, build, and the main job: a transformer learns to copy
# make test       set-up if needed, build, and all tests
# make bench      the benchmarks, one JSON line each (WORKLOADS="W1 W3 W9")
# make gradcheck  the gradient checks of every op, with mutants
# make install    PREFIX=/usr/local DESTDIR=: headers, library, program, for pkg-config and CMake
# make uninstall  removes just these files
# make clean      removes build/
#
# BUILD=release|debug|asan|tsan  each in its own folder      NATIVE=0  any x86-64-v3 processor
# CXX=clang++-14  another compiler                           DEPS=no   never install anything
#
# Sources are found by pattern: a new op, module or subcommand needs no change here.

BUILD  ?= release
NATIVE ?= 1
DEPS   ?= yes
ifeq ($(origin CXX),default)
CXX := g++
endif

ROOMS := base kernels tensor autograd ops nn optim io data train check

variant := $(notdir $(CXX))$(if $(filter 0,$(NATIVE)),-portable)
dir     := build/$(BUILD)-$(variant)

# clang takes more under -Wconversion than g++ does, and reports each loop that stays scalar.
clang    := $(findstring clang,$(notdir $(CXX)))
warnings := -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
            $(if $(clang),-Wno-sign-conversion -Wno-pass-failed)
arch     := $(if $(filter 0,$(NATIVE)),-march=x86-64-v3,-march=native)
flags    := -std=c++20 -fopenmp $(arch) -fno-math-errno -fno-trapping-math -ffp-contract=off \
            $(warnings) -Iinclude -Isrc -I.
flags-release := -O3
flags-debug   := -O0 -g -D_GLIBCXX_ASSERTIONS -DGRADUS_FILL
flags-asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow \
                 -fno-sanitize-recover=undefined,float-cast-overflow -D_GLIBCXX_ASSERTIONS \
                 -DGRADUS_FILL -DGRADUS_NO_CACHE
flags-tsan    := -O1 -g -fsanitize=thread -DGRADUS_NO_CACHE
ifeq ($(flags-$(BUILD)),)
$(error BUILD=$(BUILD) is not one of release, debug, asan, tsan)
endif
# g++'s OpenMP does not tell the sanitizer of its barriers: eleven false reports on a clean program.
ifeq ($(BUILD)$(clang),tsan)
$(error BUILD=tsan needs clang: make test BUILD=tsan CXX=clang++-14)
endif
test-env-tsan := TSAN_OPTIONS=ignore_noninstrumented_modules=1:allocator_may_return_null=1
test-env-asan := ASAN_OPTIONS=allocator_may_return_null=1
# Vectors of 512 bits where the processor has them; compilers prefer 256 by themselves.
wide := $(if $(filter 0,$(NATIVE)),,-mprefer-vector-width=512)

CXXFLAGS ?=
LDFLAGS  ?=
ALL_CXXFLAGS = $(flags) $(wide) $(flags-$(BUILD)) $(CXXFLAGS)
ALL_LDFLAGS  = -fopenmp $(filter -fsanitize=%,$(flags-$(BUILD))) $(LDFLAGS)
LIBS := -lopenblas
# Catch2 is a library from version 3 on; asked when tests are linked.
hash := \#
catch-lib = $(shell printf '$(hash)if __has_include(<catch2/catch_test_macros.hpp>)\n-lCatch2\n$(hash)endif\n' \
              | $(CXX) -E -P -x c++ -)
# On all processors, unless the caller has said how many jobs.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
submake = $(MAKE) --no-print-directory $(jobs)

lib-src   := $(wildcard $(ROOMS:%=src/%/*.cpp) models/*.cpp)
tool-src  := $(wildcard tools/*.cpp)
test-src  := $(wildcard tests/*.cpp tests/*/*.cpp)
lib-obj   := $(lib-src:%.cpp=$(dir)/%.o)
tool-obj  := $(tool-src:%.cpp=$(dir)/%.o)
test-obj  := $(test-src:%.cpp=$(dir)/%.o)

.PHONY: all demo test test-programs bench gradcheck install uninstall clean setup setup-test
.DELETE_ON_ERROR:
.SECONDARY:

all: build/gradus build/libgradus.a

# build/gradus and build/libgradus.a are those of the last BUILD that was made.
build/libgradus.a: $(dir)/libgradus.a FORCE
	@cmp -s $< $@ || cp $< $@
build/gradus: $(dir)/gradus FORCE
	@cmp -s $< $@ || cp $< $@
.PHONY: FORCE
FORCE:

$(dir)/libgradus.a: $(lib-obj)
	@echo "  archive $@"
	@rm -f $@ && ar rcs $@ $^
$(dir)/gradus: $(tool-obj) $(dir)/libgradus.a
	@echo "  link    $@"
	@$(CXX) $(ALL_LDFLAGS) $^ $(LIBS) -o $@
$(dir)/gradus-tests: $(test-obj) $(dir)/libgradus.a
	@echo "  link    $@"
	@$(CXX) $(ALL_LDFLAGS) $^ $(LIBS) $(catch-lib) -o $@

test-programs: $(dir)/gradus-tests $(dir)/gradus ; @:

$(dir)/%.o: %.cpp $(dir)/flags | setup
	@echo "  compile $<"
	@mkdir -p $(@D)
	@$(CXX) $(ALL_CXXFLAGS) $(if $(filter tests/%,$<),$(test-flags)) -MMD -MP -c $< -o $@
# Catch2's own main takes 14 s at -O2 and gains nothing from it; test cases neither.
test-flags := -O0 -Wno-conversion

# Everything is compiled again when the flags change.
$(dir)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CXX) $(ALL_CXXFLAGS)' | cmp -s - $@ || echo '$(CXX) $(ALL_CXXFLAGS)' > $@

-include $(lib-obj:.o=.d) $(tool-obj:.o=.d) $(test-obj:.o=.d)

# ---- set-up: asks by use, installs what is missing, remembers a yes in build/
setup: ; @CXX='$(CXX)' DEPS='$(DEPS)' sh tools/setup.sh
setup-test: ; @CXX='$(CXX)' DEPS='$(DEPS)' sh tools/setup.sh test

demo: setup
	+@$(submake) all
	@build/gradus demo

test: setup-test
	+@$(submake) test-programs
	@$(test-env-$(BUILD)) GRADUS_PROGRAM=$(dir)/gradus GRADUS_MAKE='$(same-make)' \
	  $(dir)/gradus-tests $(TEST_ARGS)
# How a test makes the same build again.
same-make = env -u MAKEFLAGS -u MFLAGS $(MAKE) BUILD=$(BUILD) NATIVE=$(NATIVE) CXX=$(CXX) DEPS=no

WORKLOADS ?= W1 W3 W9
bench: setup
	+@$(submake) all
	@for w in $(WORKLOADS); do for t in 1 2; do build/gradus bench $$w --threads $$t || exit 1; done; done

gradcheck: setup
	+@$(submake) all
	@build/gradus gradcheck --mutants

# ---- installing; the names are GNU's
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
includedir  ?= $(prefix)/include
DESTDIR     ?=
INSTALL     ?= install

version   := $(shell sed -n 's/.*version = "\(.*\)".*/\1/p' include/gradus/base/version.h)
headers   := $(wildcard include/gradus/*.h include/gradus/*/*.h)
pkgconfig  = $(libdir)/pkgconfig/gradus.pc
cmake      = $(addprefix $(libdir)/cmake/gradus/,gradus-config.cmake gradus-config-version.cmake)
# What a program needs that links with the library.
link-libs := $(LIBS) $(if $(clang),-fopenmp,-lgomp -lpthread)
relative   = $(shell realpath -ms --relative-to='$(2)' '$(1)')
filled     = sed -e 's|@version@|$(version)|' -e 's|@libs@|$(link-libs)|' \
             -e 's|@to_prefix@|$(call relative,$(prefix),$(libdir)/pkgconfig)|' \
             -e 's|@lib@|$(call relative,$(libdir),$(prefix))|' \
             -e 's|@include@|$(call relative,$(includedir),$(prefix))|'

install: setup
	+@$(submake) $(dir)/libgradus.a $(dir)/gradus
	@set -e; for h in $(headers:include/%=%); do \
	  $(INSTALL) -D -m 644 include/$$h "$(DESTDIR)$(includedir)/$$h"; done
	@$(INSTALL) -D -m 644 $(dir)/libgradus.a "$(DESTDIR)$(libdir)/libgradus.a"
	@$(INSTALL) -D -m 755 $(dir)/gradus "$(DESTDIR)$(bindir)/gradus"
	@set -e; for f in $(pkgconfig) $(cmake); do mkdir -p "$(DESTDIR)$${f%/*}"; \
	  $(filled) tools/install/$${f##*/}.in > "$(DESTDIR)$$f"; chmod 644 "$(DESTDIR)$$f"; done
	@echo "installed gradus $(version): $(DESTDIR)$(bindir)/gradus, $(DESTDIR)$(libdir)/libgradus.a"

uninstall:
	@rm -f $(foreach f,$(headers:include/%=$(includedir)/%) $(libdir)/libgradus.a \
	  $(bindir)/gradus $(pkgconfig) $(cmake),"$(DESTDIR)$(f)")
	@for d in $(includedir)/gradus $(libdir)/cmake/gradus; do \
	  [ ! -d "$(DESTDIR)$$d" ] || find "$(DESTDIR)$$d" -depth -type d -empty -delete; done

clean:
	rm -rf build
