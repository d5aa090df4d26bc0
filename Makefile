# SPDX-License-Identifier: MIT
# make            the library and the program: build/libgradus.a, build/gradus
# make demo       set-up if needed, a demo (a transformer learns to copy), then the program
# make test       set-up if needed, build, and all tests
# make bench      the benchmarks, one JSON line each (WORKLOADS="W1 W3 W9")
# make gradcheck  the gradient checks of every op, with mutants
# make docs       the API reference: build/docs/html/index.html (needs doxygen)
# make compile_commands  compile_commands.json, which editors and clang-tidy read
# make format     clang-format over all sources; make check-format only reports (needs clang-format)
# make install    PREFIX=/usr/local DESTDIR=: headers, library, program, manual page, completions;
#                 for pkg-config and CMake
# make uninstall  removes exactly these files
# make clean      removes build/
#
# BUILD=release|debug|asan|tsan  each in its own folder      NATIVE=0  any x86-64-v3 processor
# CXX=clang++-14  another compiler                           DEPS=no   never install anything
# BUNDLES=no      compiles each file alone
#
# Sources are found by pattern: a new op, module or subcommand needs no change here.

BUILD  ?= release
NATIVE ?= 1
DEPS   ?= yes
ifeq ($(origin CXX),default)
CXX := g++
endif

ROOMS := base kernels tensor autograd ops nn optim io data train check check/exercise check/rows

variant := $(notdir $(CXX))$(if $(filter 0,$(NATIVE)),-portable)
dir     := build/$(BUILD)-$(variant)

# clang reports more under -Wconversion than g++, and every loop that it does not vectorise. g++ 12
# to 14 give false warnings about inlined std::string code, each version in other places; clang, the
# address sanitizer and the checks of debug builds find the real faults.
clang    := $(findstring clang,$(notdir $(CXX)))
warnings := -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
            $(if $(clang),-Wno-sign-conversion -Wno-pass-failed, \
                 -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow \
                 -Wno-stringop-overread -Wno-maybe-uninitialized)
arch     := $(if $(filter 0,$(NATIVE)),-march=x86-64-v3,-march=native)
flags    := -std=c++20 -fopenmp $(arch) -fno-math-errno -fno-trapping-math -ffp-contract=off \
            $(warnings) -Iinclude -Isrc -I.
flags-release  = $(level-$(level))
flags-debug   := -O0 -g -D_GLIBCXX_ASSERTIONS -DGRADUS_FILL
flags-asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow \
                 -fno-sanitize-recover=undefined,float-cast-overflow -D_GLIBCXX_ASSERTIONS \
                 -DGRADUS_FILL -DGRADUS_NO_CACHE
flags-tsan    := -O1 -g -fsanitize=thread -DGRADUS_NO_CACHE
ifeq ($(filter release debug asan tsan,$(BUILD)),)
$(error BUILD=$(BUILD) is not one of release, debug, asan, tsan)
endif
# The sanitizer does not see the barriers of g++'s OpenMP and gives eleven false reports.
ifeq ($(BUILD)$(clang),tsan)
$(error BUILD=tsan needs clang: make test BUILD=tsan CXX=clang++-14)
endif
test-env-tsan := TSAN_OPTIONS=ignore_noninstrumented_modules=1:allocator_may_return_null=1
test-env-asan := ASAN_OPTIONS=allocator_may_return_null=1
# Use 512-bit vectors if the processor has them; compilers prefer 256 by default.
wide := $(if $(filter 0,$(NATIVE)),,-mprefer-vector-width=512)

CXXFLAGS ?=
LDFLAGS  ?=
ALL_CXXFLAGS = $(flags) $(wide) $(flags-$(BUILD)) $(flags-of-$(level)) $(CXXFLAGS)
# Computation and file formats are compiled for speed; commands and checks for a short build.
# Catch2's main takes 14 s at -O2 without any gain, as do test cases.
fast := $(patsubst %,src/%/%,base kernels tensor autograd ops nn optim io data train) \
        models/% tools/bench/%
level = $(call level-of,$(<:$(dir)/%=%))
level-of = $(if $(filter tests/%,$1),tests,$(if $(filter $(fast),$1),fast,plain))
level-fast  := -O3
level-plain := -O1
flags-of-tests := -O0 -Wno-conversion
ALL_LDFLAGS  = -fopenmp $(filter -fsanitize=%,$(flags-$(BUILD))) $(LDFLAGS)
LIBS := -lopenblas -lz
# Catch2 is a library from version 3 on; evaluated when tests are linked.
hash := \#
catch-lib = $(shell printf '$(hash)if __has_include(<catch2/catch_test_macros.hpp>)\n-lCatch2\n$(hash)endif\n' \
              | $(CXX) -E -P -x c++ -)
# Use all processors, unless the caller sets the number of jobs.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
submake = $(MAKE) --no-print-directory $(jobs)

lib-src   := $(wildcard $(ROOMS:%=src/%/*.cpp) models/*.cpp models/*/*.cpp)
tool-src  := $(filter-out tools/demo/main.cpp,$(wildcard tools/*.cpp tools/*/*.cpp tools/*/*/*.cpp))
# The demo needs neither the rows of other ops nor parity nor most commands.
demo-src  := $(filter-out src/check/rows.cpp src/check/rows/% src/check/parity% src/check/exercise/%,$(lib-src)) \
             src/check/rows/softmax.cpp $(wildcard tools/demo/*.cpp) \
             $(addprefix tools/cli/,cli.cpp cli_words.cpp options.cpp terminal.cpp user_words.cpp) \
             tools/draw/figure_tables.cpp tools/draw/table.cpp \
             tools/tasks/class_report.cpp
test-src  := $(wildcard tests/*.cpp tests/*/*.cpp)
examples  := $(patsubst %.cpp,$(dir)/%,$(wildcard examples/*.cpp))

# Bundles. The compiler spends most of its time on code that the files of a folder share: headers
# and the same few templates. So up to eight neighbours are compiled together: a bundle is a
# generated file that includes them, and a full build takes half the time. Therefore two files of
# a folder must not share a name at file level. BUNDLES=no compiles each file alone: that is quicker
# if you keep changing the same file, and shows whether it includes what it uses.
# The ops and the benchmarks are always alone.
BUNDLES ?= yes
alone := $(if $(filter no,$(BUNDLES)),%,src/kernels/% src/ops/% tools/bench/% %/main.cpp)
every-src := $(lib-src) $(tool-src) tools/demo/main.cpp $(test-src)
folders   := $(sort $(dir $(every-src)))
$(foreach f,$(filter $(alone),$(every-src)),$(eval object-of-$f := $(dir)/$(f:.cpp=.o)))
# $(call bundle,NAME,FILES)
bundle = $(eval bundles += $(dir)/$1.o) $(eval files-in-$(dir)/$1.o := $2) \
         $(foreach f,$2,$(eval object-of-$f := $(dir)/$1.o))
# $(call bundle-all,NAME,FILES,COUNT): bundles NAME-1, NAME-2, ...
bundle-all = $(if $2,$(call bundle,$1-$(words $3 1),$(wordlist 1,8,$2)) \
                     $(call bundle-all,$1,$(wordlist 9,999,$2),$3 1))
# The demo needs some files of a folder only.
$(foreach d,$(folders),$(foreach s,$(filter-out $(alone),$(filter $(every-src),$(wildcard $d*.cpp))), \
  $(eval $(if $(filter $(demo-src),$s),demo-files,more-files) += $s)) \
  $(call bundle-all,$dbundle-demo,$(demo-files)) $(call bundle-all,$dbundle,$(more-files)) \
  $(eval demo-files :=) $(eval more-files :=))
$(shell mkdir -p $(dir); printf '%s\n' $(foreach b,$(bundles),'$(b:$(dir)/%.o=%) $(files-in-$b)') \
        | sh tools/bundles.sh $(dir))
objects   = $(sort $(foreach f,$1,$(object-of-$f)))
lib-obj   := $(call objects,$(lib-src))
tool-obj  := $(call objects,$(tool-src))
demo-obj  := $(call objects,$(demo-src))
test-obj  := $(call objects,$(test-src))

.PHONY: all programs demo test test-programs bench gradcheck docs format check-format install uninstall clean setup setup-test
.DELETE_ON_ERROR:

# Build order: the library, the program, the tests.
all: setup
	+@$(submake) programs
programs: build/libgradus.a build/gradus
	@$(say-time)

# build/gradus and build/libgradus.a belong to the last BUILD.
build/libgradus.a: $(dir)/libgradus.a FORCE
	@cmp -s $< $@ || cp $< $@
build/gradus: $(dir)/gradus FORCE
	@cmp -s $< $@ || cp $< $@
.PHONY: FORCE
FORCE:

$(dir)/libgradus.a: $(lib-obj)
	@echo "  archive $@"
	@rm -f $@ && ar rcs $@ $^
$(dir)/gradus: $(dir)/libgradus.a $(tool-obj)
	@echo "  link    $@"
	@$(CXX) $(ALL_LDFLAGS) $(tool-obj) $(dir)/libgradus.a $(LIBS) -o $@
$(dir)/demo: $(demo-obj)
	@echo "  link    $@"
	@$(CXX) $(ALL_LDFLAGS) $^ $(LIBS) -o $@
	@$(say-time)
# Tests also call functions of the program directly: all but its main().
tested-obj := $(filter-out %/tools/main.o,$(tool-obj))
$(dir)/gradus-tests: $(dir)/libgradus.a $(test-obj) $(tested-obj)
	@echo "  link    $@"
	@$(CXX) $(ALL_LDFLAGS) $(test-obj) $(tested-obj) $(dir)/libgradus.a $(LIBS) $(catch-lib) -o $@

# Programs as users write them; they include the headers of models as from an installed copy.
$(examples): $(dir)/%: %.cpp $(dir)/libgradus.a
	@echo "[$(next)/$(total)] compile $<"
	@mkdir -p $(@D) $(dir)/include/gradus
	@ln -sfn $(CURDIR)/models $(dir)/include/gradus/models
	@$(CXX) $(ALL_CXXFLAGS) -I$(dir)/include -MMD -MP -MF $@.d $< $(ALL_LDFLAGS) \
	        $(dir)/libgradus.a $(LIBS) -o $@

test-programs: $(dir)/gradus $(dir)/gradus-tests $(examples)
	@$(say-time)

define compile
@echo "[$(next)/$(total)] compile $(or $(call bundled,$@),$<)"
@mkdir -p $(@D)
@$(CXX) $(ALL_CXXFLAGS) $(if $(files-in-$@),$(of-bundles)) $(parsed) -MMD -MP -c $< -o $@
endef
# A local name may equal a neighbour's name at file level; g++ treats the bundled files as headers.
of-bundles := $(if $(clang),-Wno-shadow,-Wno-shadow -Wshadow=local -Wno-subobject-linkage)
# "src/data (bpe csv csv_cells)"
bundled = $(if $(files-in-$1),$(patsubst $(dir)/%/,%,$(dir $1)) ($(basename $(notdir $(files-in-$1)))))
$(bundles): $(dir)/%.o: $(dir)/%.cpp $(dir)/flags | setup
	$(compile)
$(dir)/%.o: %.cpp $(dir)/flags | setup
	$(compile)

# "[37/222]": make expands a recipe when it runs it, which counts; a dry run gives the total. At
# the end, print the duration.
next     = $(eval done += x)$(words $(done))
total    = $(eval total := $(shell $(dry-run) | grep -c '\] compile '))$(total)
dry-run  = date +%s > $(dir)/started; \
           env -u MAKEFLAGS $(MAKE) -n $(MAKEOVERRIDES) total=0 $(MAKECMDGOALS) 2> /dev/null
say-time = $(if $(done),echo "compiled $(words $(done)) files in \
           $$(($$(date +%s) - $$(cat $(dir)/started))) s",:)

# The headers of the standard library and Catch2 take half of g++'s time. So they are precompiled,
# once for each level of flags, for the files of a release build. The files include what they use
# all the same: clang, other builds and PRECOMPILED=no parse the headers again.
# Each level has its own: g++ 12 crashes if -O3 starts from headers parsed with -O1.
PRECOMPILED ?= $(if $(clang)$(filter-out release,$(BUILD)),no,yes)
ifeq ($(PRECOMPILED),yes)
# The internals of Catch2 depend on a macro that tests/main.cpp sets.
parsed = $(if $(filter tests/main.cpp,$<),,-I$(dir) -include parsed/$(level).h)
compiled := $(lib-obj) $(tool-obj) $(dir)/tools/demo/main.o
$(filter $(fast:%=$(dir)/%),$(compiled)): $(dir)/parsed/fast.h.gch
$(filter-out $(fast:%=$(dir)/%),$(compiled)): $(dir)/parsed/plain.h.gch
$(test-obj): $(dir)/parsed/tests.h.gch
endif
$(dir)/parsed/fast.h.gch $(dir)/parsed/plain.h.gch: parsed-from = tools/precompiled.h
$(dir)/parsed/tests.h.gch: parsed-from = tests/precompiled.h
$(dir)/parsed/%.h.gch: level = $*
$(dir)/parsed/%.h.gch: $(dir)/flags | setup
	@echo "  parse   $(parsed-from)"
	@mkdir -p $(@D)
	@echo '#include "$(parsed-from)"' > $(@:.gch=)
	@$(CXX) $(ALL_CXXFLAGS) -x c++-header $(@:.gch=) -MD -MP -o $@

# A change of flags recompiles everything.
all-flags := $(CXX) $(ALL_CXXFLAGS) $(level-fast) $(flags-of-tests) $(PRECOMPILED) $(fast)
$(shell mkdir -p $(dir); echo '$(all-flags)' | cmp -s - $(dir)/flags \
        || echo '$(all-flags)' > $(dir)/flags)

-include $(lib-obj:.o=.d) $(tool-obj:.o=.d) $(dir)/tools/demo/main.d $(examples:=.d) $(test-obj:.o=.d) $(wildcard $(dir)/parsed/*.d)

# ---- set-up: tests by use, installs what is missing, records success in build/
setup: ; @CXX='$(CXX)' DEPS='$(DEPS)' sh tools/setup.sh
setup-test: ; @CXX='$(CXX)' DEPS='$(DEPS)' sh tools/setup.sh test

demo: setup
	+@$(submake) $(dir)/demo
	@$(dir)/demo
	+@$(submake) -q $(dir)/gradus 2>/dev/null || \
	   printf '\nNow the rest of the program, build/gradus:\n'
	+@$(submake) programs

test: setup-test
	+@$(submake) test-programs
	@$(test-env-$(BUILD)) GRADUS_PROGRAM=$(dir)/gradus GRADUS_MAKE='$(same-make)' \
	  $(dir)/gradus-tests $(TEST_ARGS)
# How a test repeats the same build.
same-make = env -u MAKEFLAGS -u MFLAGS $(MAKE) BUILD=$(BUILD) NATIVE=$(NATIVE) CXX=$(CXX) DEPS=no

WORKLOADS ?= W1 W3 W9
bench: setup
	+@$(submake) programs
	@for w in $(WORKLOADS); do for t in 1 2; do build/gradus bench $$w --threads $$t || exit 1; done; done

gradcheck: setup
	+@$(submake) programs
	@build/gradus gradcheck --mutants

# ---- optional tools, of the versions of Debian 12
needs = command -v $(1) >/dev/null || { echo "make $@ needs $(1): apt-get install $(1)" >&2; exit 1; }
docs:
	@$(call needs,doxygen)
	@mkdir -p build/docs
	@GRADUS_VERSION=$(version) GRADUS_DOCS=build/docs doxygen docs/api/Doxyfile
	@echo "API reference: build/docs/html/index.html"

# The rows of the op table are laid out by hand: src/check/rows/.clang-format turns it off there.
formatted = $(wildcard $(foreach d,include src models tools tests examples, \
              $(foreach e,h cpp,$d/*.$e $d/*/*.$e $d/*/*/*.$e $d/*/*/*/*.$e)))
format:
	@$(call needs,clang-format)
	@clang-format -i $(formatted)
check-format:
	@$(call needs,clang-format)
	@clang-format --dry-run -Werror $(formatted)

# ---- installing; the names are GNU's
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
includedir  ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
DESTDIR     ?=
INSTALL     ?= install

version   := $(shell sed -n 's/.*version = "\(.*\)".*/\1/p' include/gradus/base/version.h)
headers   := $(wildcard include/gradus/*.h include/gradus/*/*.h)
model-headers := $(wildcard models/*.h models/*/*.h)
installed-headers := $(headers:include/%=%) $(model-headers:%=gradus/%)
pkgconfig  = $(libdir)/pkgconfig/gradus.pc
cmake      = $(addprefix $(libdir)/cmake/gradus/,gradus-config.cmake gradus-config-version.cmake)
# The link flags for programs built with any compiler: the OpenMP library of the compiler that built
# gradus, by name. clang finds its own folder.
openmp     = $(if $(clang),-L$(dir $(shell $(CXX) -print-file-name=libomp.so)) -lomp,-lgomp)
man-page   = $(mandir)/man1/gradus.1
completions = $(addprefix $(datarootdir)/,bash-completion/completions/gradus \
                zsh/site-functions/_gradus fish/vendor_completions.d/gradus.fish)
space     := $(subst ,, )
link-libs  = $(LIBS) $(openmp) -lpthread
relative   = $(shell realpath -ms --relative-to='$(2)' '$(1)')
filled     = sed -e 's|@version@|$(version)|' -e 's|@libs@|$(link-libs)|' \
             -e 's|@openmp@|$(subst $(space),;,$(strip $(openmp)))|' \
             -e 's|@to_prefix@|$(call relative,$(prefix),$(libdir)/pkgconfig)|' \
             -e 's|@lib@|$(call relative,$(libdir),$(prefix))|' \
             -e 's|@include@|$(call relative,$(includedir),$(prefix))|'

install: setup
	@$(may-write)
	+@$(submake) $(dir)/libgradus.a $(dir)/gradus
	@set -e; for h in $(headers:include/%=%); do \
	  $(INSTALL) -D -m 644 include/$$h "$(DESTDIR)$(includedir)/$$h"; done
	@set -e; for h in $(model-headers); do \
	  to="$(DESTDIR)$(includedir)/gradus/$$h"; mkdir -p "$${to%/*}"; \
	  sed 's|#include "models/|#include "gradus/models/|' $$h > "$$to"; chmod 644 "$$to"; done
	@$(INSTALL) -D -m 644 $(dir)/libgradus.a "$(DESTDIR)$(libdir)/libgradus.a"
	@$(INSTALL) -D -m 755 $(dir)/gradus "$(DESTDIR)$(bindir)/gradus"
	@set -e; for f in $(pkgconfig) $(cmake); do mkdir -p "$(DESTDIR)$${f%/*}"; \
	  $(filled) tools/install/$${f##*/}.in > "$(DESTDIR)$$f"; chmod 644 "$(DESTDIR)$$f"; done
	@set -e; for f in $(man-page) $(completions); do mkdir -p "$(DESTDIR)$${f%/*}"; \
	  case $$f in */man1/*) what=manual ;; */zsh/*) what='completion zsh' ;; \
	    */fish/*) what='completion fish' ;; *) what='completion bash' ;; esac; \
	  $(dir)/gradus $$what > "$(DESTDIR)$$f"; chmod 644 "$(DESTDIR)$$f"; done
	@echo "installed gradus $(version): $(DESTDIR)$(bindir)/gradus, $(DESTDIR)$(libdir)/libgradus.a"

# Checks before the build that the folders are writable.
may-write = for d in "$(DESTDIR)$(bindir)" "$(DESTDIR)$(libdir)" "$(DESTDIR)$(includedir)"; do \
	  at=$$d; while [ ! -e "$$at" ]; do at=$$(dirname "$$at"); done; [ -d "$$at" -a -w "$$at" ] || { \
	  echo "make install: cannot write to $$at." >&2; \
	  echo "  For you alone:  make install PREFIX=$$HOME/.local" >&2; \
	  echo "  For all users:  make && sudo make install" >&2; exit 1; }; done

uninstall:
	@rm -f $(foreach f,$(installed-headers:%=$(includedir)/%) $(libdir)/libgradus.a \
	  $(bindir)/gradus $(pkgconfig) $(cmake) $(man-page) $(completions),"$(DESTDIR)$(f)")
	@for d in $(includedir)/gradus $(libdir)/cmake/gradus; do \
	  [ ! -d "$(DESTDIR)$$d" ] || find "$(DESTDIR)$$d" -depth -type d -empty -delete; done

# One entry a file, as BUNDLES=no compiles it; without the precompiled headers, which belong to g++.
comma := ,
entry  = {"directory": "$(CURDIR)"$(comma) "file": "$1"$(comma) "command": \
         "$(subst ",\",$(CXX) $(filter-out -mprefer-vector-width=%,$(ALL_CXXFLAGS)) -c $1)"}
compile_commands:
	$(file >compile_commands.json,[)
	$(foreach f,$(every-src),$(eval level = $(call level-of,$f)) \
	  $(file >>compile_commands.json,$(call entry,$f)$(if $(filter-out $(lastword $(every-src)),$f),$(comma))))
	$(file >>compile_commands.json,])
	@echo "compile_commands.json: $(words $(every-src)) files"
.PHONY: compile_commands

clean:
	rm -rf build
