# psyncsim: `make help` lists the targets.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
ifeq ($(origin CC),default)
CC := gcc
endif
CXX     ?= g++
PYTHON  ?= /usr/bin/python3
DEFAULT_OPT := -O2 -g
OPT     ?= $(DEFAULT_OPT)
PREFIX  ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 20
FUZZ_RUNS ?= 20000

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wundef -Wvla -Wformat=2 -Werror

# A directory per configuration: build, build-clang, build-O3, build-clang-O0, and each with -san.
empty :=
space := $(empty) $(empty)
BUILD ?= build$(addprefix -,$(notdir $(filter-out gcc,$(CC))))$(if $(filter-out $(DEFAULT_OPT),$(OPT)),$(subst =,,$(subst $(space),,$(OPT))))
# MPI=1: `mpirun psyncsim sweep` and `size` share the work; in a directory of its own.
ifeq ($(MPI),1)
override BUILD := $(BUILD)-mpi
MPI_DEFINE := -DPSYNCSIM_MPI
MPI_PKGS   := ompi-c
endif
# gcc's warnings about flow misjudge instrumented code; the plain build has them all as errors.
ifeq ($(SAN),1)
override BUILD := $(BUILD)-san
INSTRUMENT := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-error
endif
ifeq ($(LIBFUZZER),1)
INSTRUMENT := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_LINK := -fsanitize=fuzzer
endif

PKGS     := glib-2.0 libcjson jansson libfyaml hiredis openssl libuv gsl $(MPI_PKGS)
TEST_PKGS := check
CPPFLAGS := -I. -D_POSIX_C_SOURCE=200809L $(MPI_DEFINE) $(EXTRA_CPPFLAGS)
CFLAGS   := -std=c11 $(OPT) $(WARN) -ffp-contract=off $(INSTRUMENT) $(EXTRA_CFLAGS)
CXXFLAGS := -std=c++17 -O2 -g -Wall -Wextra
PKG_INC  := $(shell pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g')
PKG_LIB  := $(shell pkg-config --libs $(PKGS))
TEST_LIB  = $(shell pkg-config --libs $(TEST_PKGS))

# One archive per folder, in link order: the upper ones use the lower ones.
DIRS := sim/study/size sim/study/sweep sim/page sim/compare sim/host/session sim/live/run sim/study/input sim/study/records sim/study/parallel \
        sim/host sim/live/relay sim/live/observe sim/report sim/world sim/incident sim/scenario sim/text sim/trace \
        models/server models/net models/load models/psync sim/engine
ARCHIVES := $(DIRS:%=$(BUILD)/%.a)
objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))
# Every link leaves a map beside its program: tests/build/test_same_objects.sh reads it.
LINK = $(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -Wl,-Map=$@.map
LIBS = $(ARCHIVES) $(ARCHIVES) $(PKG_LIB) -lm -lpthread

# V=1 shows the commands in full.
say = $(if $(V),,@echo "  $(1)	$@"; )

all: $(BUILD)/psyncsim  ## build the program

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# What was compiled with other flags, or archived from another list of files, is out of date.
FORCE:
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS))' >$@
$(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@echo $(sort $(wildcard $(DIRS:%=%/*.c) sim/cli/*.c)) | cmp -s - $@ || echo $(sort $(wildcard $(DIRS:%=%/*.c) sim/cli/*.c)) >$@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(PKG_INC) $(CFLAGS) -MMD -MP -c $< -o $@

define archive_rule
$(BUILD)/$(1).a: $(call objects,$(1)) $(BUILD)/sources
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach d,$(DIRS),$(eval $(call archive_rule,$(d))))

# The pages of `report` and `lab`, each a text with a NUL: report_html, lab_html.
PAGES := $(BUILD)/page/report.o $(BUILD)/page/lab.o
$(PAGES): $(BUILD)/page/%.o: page/%.html
	@mkdir -p $(@D)
	@{ cat $<; printf '\0'; } >$(@D)/$*_html
	$(call say,PAGE)cd $(@D) && $(LD) -r -b binary -z noexecstack -o $*_html.o $*_html
	@objcopy --redefine-sym _binary_$*_html_start=$*_html --strip-symbol _binary_$*_html_end --strip-symbol _binary_$*_html_size \
	  --rename-section .data=.rodata,alloc,load,readonly,data,contents $(@D)/$*_html.o $@

$(BUILD)/psyncsim: $(call objects,sim/cli) $(PAGES) $(ARCHIVES)
	$(call say,LINK)$(LINK) $(call objects,sim/cli) $(PAGES) $(LIBS) -o $@

# The simulator for a browser: clang's WebAssembly, wasi-libc, and of GLib what sim/wasm/glib has. A header of the machine's
# own must not be found: the sysroot holds links to those of WebAssembly alone.
WASM_CC := clang --target=wasm32-wasi --sysroot=$(BUILD)/wasm/sysroot
WASM_CPPFLAGS := -Isim/wasm/glib -Isim/wasm -I. -D_POSIX_C_SOURCE=200809L
# Sizes are 32 bits there: what is converted on the way to one is a length that fits.
WASM_CFLAGS := -std=c11 -Oz -ffp-contract=off $(filter-out -Wconversion,$(WARN))
WASM_LINK := -mexec-model=reactor -Wl,--strip-all,--gc-sections,-z,stack-size=1048576,--stack-first
WASM_OBJECTS := $(patsubst %.c,$(BUILD)/wasm/%.o,$(filter-out sim/scenario/schema_json.c sim/scenario/yaml_parse.c sim/text/html_write.c, \
  $(wildcard $(foreach d,engine trace text scenario world report wasm wasm/glib,sim/$(d)/*.c) models/*/*.c)))
$(BUILD)/wasm/sysroot:
	@mkdir -p $@/include $@/lib
	@ln -sfn /usr/include/wasm32-wasi $@/include/wasm32-wasi
	@ln -sfn /usr/lib/wasm32-wasi $@/lib/wasm32-wasi
$(BUILD)/wasm/flags: FORCE | $(BUILD)/wasm/sysroot
	@echo '$(WASM_CC) $(WASM_CPPFLAGS) $(WASM_CFLAGS)' | cmp -s - $@ || echo '$(WASM_CC) $(WASM_CPPFLAGS) $(WASM_CFLAGS)' >$@
$(BUILD)/wasm/%.o: %.c $(BUILD)/wasm/flags
	@mkdir -p $(@D)
	$(call say,WASM)$(WASM_CC) $(WASM_CPPFLAGS) $(WASM_CFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/wasm/psyncsim.wasm: $(WASM_OBJECTS)
	$(call say,LINK)$(WASM_CC) $(WASM_LINK) $^ -o $@
# Programs of tests/wasm, natively with GLib and libfyaml, and in WebAssembly.
WASM_TESTS := $(wildcard tests/wasm/*_print.c)
$(patsubst tests/wasm/%.c,$(BUILD)/tests/%,$(WASM_TESTS)): $(BUILD)/tests/%: $(BUILD)/tests/wasm/%.o $(ARCHIVES)
	$(call say,LINK)$(LINK) $< $(LIBS) -o $@
$(BUILD)/wasm/%.wasm: $(BUILD)/wasm/tests/wasm/%.o $(filter-out %/lab.o,$(WASM_OBJECTS))
	$(call say,LINK)$(WASM_CC) -Wl,--gc-sections,--export=malloc,-z,stack-size=1048576 $^ -o $@
wasm-tests: $(patsubst tests/wasm/%.c,$(BUILD)/tests/%,$(WASM_TESTS)) $(patsubst tests/wasm/%.c,$(BUILD)/wasm/%.wasm,$(WASM_TESTS))
wasm: $(BUILD)/wasm/psyncsim.wasm  ## compile the simulator to WebAssembly (needs clang, lld, wasi-libc)

page: wasm  ## build page/report.html and page/lab.html from their sources (needs nodejs, npm, and what wasm needs)
	cd page && npm ci --no-fund --no-audit && npm run check && node build.mjs report report.html && node build.mjs lab "$(abspath $(BUILD)/wasm/psyncsim.wasm)" lab.html

# Tests. unit: each test_X.c is one Check program, in the folder that mirrors what it tests. wire: each wire_X.c is one program, with the folder's other files.
# fuzz: each fuzz_X.c is one target, driven by the folder's *main*.c, or by libFuzzer under LIBFUZZER=1.
UNIT_TESTS := $(wildcard tests/unit/*/test_*.c)
UNIT := $(patsubst %.c,$(BUILD)/tests/%,$(notdir $(UNIT_TESTS)))
WIRE := $(patsubst tests/wire/%.c,$(BUILD)/tests/%,$(wildcard tests/wire/wire_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(filter-out %main.c,$(wildcard tests/fuzz/fuzz_*.c)))
UNIT_HELP := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(UNIT_TESTS),$(wildcard tests/unit/*.c tests/unit/*/*.c)))
WIRE_HELP := $(filter-out $(WIRE:$(BUILD)/tests/%=$(BUILD)/tests/wire/%.o),$(call objects,tests/wire))
FUZZ_MAIN := $(if $(FUZZ_LINK),,$(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/*main.c)))
define unit_rule
$(BUILD)/tests/$(basename $(notdir $(1))): $(BUILD)/$(basename $(1)).o
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_rule,$(test))))
$(UNIT): $(UNIT_HELP) $(ARCHIVES)
	$(call say,LINK)$(LINK) $(filter %.o,$^) $(LIBS) $(TEST_LIB) -o $@
$(WIRE): $(BUILD)/tests/%: $(BUILD)/tests/wire/%.o $(WIRE_HELP) $(ARCHIVES)
	$(call say,LINK)$(LINK) $(filter %.o,$^) $(LIBS) $(TEST_LIB) -o $@
$(FUZZ): $(BUILD)/tests/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_MAIN) $(ARCHIVES)
	$(call say,LINK)$(LINK) $(FUZZ_LINK) $(filter %.o,$^) $(LIBS) -o $@

programs: all $(UNIT) $(WIRE) $(FUZZ)  ## build the program and all tests

check: programs  ## run all tests
	$(PYTHON) tests/build/run_tests.py $(BUILD)

SIZE_SCENARIOS ?= 200
size-counts: $(BUILD)/psyncsim  ## hold the risks of size against counted runs, in 200 random scenarios (SIZE_SCENARIOS)
	$(PYTHON) tests/build/test_size_counts.py $(BUILD) $(SIZE_SCENARIOS)

CI_BUILDS := $(BUILD) $(BUILD)-san $(BUILD)-clang
ci-programs: programs  ## what CI tests: gcc, gcc with sanitizers, clang
	$(MAKE) programs SAN=1 BUILD=$(BUILD)
	$(MAKE) programs CC=clang BUILD=$(BUILD)-clang

ci-check: ci-programs  ## all that CI runs: lint, all tests, determinism, fuzzing
	$(PYTHON) tests/build/run_tests.py --ci $(CI_BUILDS)

# TRUTH: a directory as tests/truth is one; empty: that.
truth: all  ## simulate recorded experiments and compare with what real servers did (TRUTH=DIR)
	$(PYTHON) tests/truth/truth.py --program $(BUILD)/psyncsim --dir "$(TRUTH)" --out $(BUILD)/truth.json

determinism: all  ## the digests of -O0, -O2 and -O3, gcc and clang, are the same
	$(PYTHON) tests/build/test_determinism.py $(BUILD) --all

fuzz:  ## fuzz with libFuzzer, FUZZ_SECONDS for each target, from what was found before
	$(MAKE) fuzz-run LIBFUZZER=1 CC=clang BUILD=$(BUILD)-fuzz
# What CI runs is no search: the seeds that are committed, and so many inputs by one random seed.
fuzz-fixed:  ## the same inputs to libFuzzer each time, FUZZ_RUNS for each target
	rm -rf $(BUILD)-fuzz/corpus-fixed
	$(MAKE) fuzz-run LIBFUZZER=1 CC=clang BUILD=$(BUILD)-fuzz CORPUS=corpus-fixed FUZZ_LIMIT='-seed=1 -runs=$(FUZZ_RUNS) -timeout=100'
CORPUS := corpus
FUZZ_LIMIT = -max_total_time=$(FUZZ_SECONDS) -timeout=10
# The parsers of files and wire bytes. A whole world is fuzzed by its own driver: BUILD/tests/fuzz_world COUNT.
PARSERS := $(filter-out %/fuzz_world,$(FUZZ))
fuzz-run: $(PARSERS:%=%.inputs)
$(PARSERS:%=%.inputs): %.inputs: %
	@corpus=$(BUILD)/$(CORPUS)/$(notdir $<); seeds=tests/fuzz/corpus/$(patsubst fuzz_%,%,$(notdir $<)); mkdir -p $$corpus; \
	[ -d $$seeds ] || seeds=; \
	$< $(FUZZ_LIMIT) -max_len=4096 -print_final_stats=1 -artifact_prefix=$(BUILD)/ $$corpus $$seeds >$<.log 2>&1 || { cat $<.log; exit 1; }; \
	echo "== $< $(FUZZ_LIMIT)"; tail -n 8 $<.log

# Benchmarks: C with the archives, C++ by itself.
BENCH := $(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c)) \
         $(patsubst tests/bench/%.cc,$(BUILD)/tests/%,$(wildcard tests/bench/*.cc))
$(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c)): \
  $(BUILD)/tests/%: $(BUILD)/tests/bench/%.o $(ARCHIVES)
	$(call say,LINK)$(LINK) $< $(LIBS) -o $@
$(patsubst tests/bench/%.cc,$(BUILD)/tests/%,$(wildcard tests/bench/*.cc)): \
  $(BUILD)/tests/%: tests/bench/%.cc
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) $(CXXFLAGS) $< -o $@
live: all  ## hold every scenarios/live-*.yaml against real servers
	$(PYTHON) tests/build/test_live.py $(BUILD) --all

bench: all $(BENCH)  ## run the benchmarks
	$(PYTHON) tests/bench/bench.py $(BUILD)

# Lint: `make -k lint` goes on after the first complaint.
SOURCES := $(wildcard $(DIRS:%=%/*.[ch]) sim/cli/*.[ch] $(foreach d,unit unit/* wire fuzz bench,tests/$(d)/*.[ch]))
WASM_SOURCES := $(wildcard sim/wasm/*.[ch] sim/wasm/glib/*.[ch] tests/wasm/*.[ch])
TIDY := $(patsubst %.c,$(BUILD)/%.tidy,$(filter %.c,$(SOURCES)))
SCRIPTS_SH := scripts/setup scripts/servers .ci/run scripts/psyncsim.bash $(wildcard scripts/*.sh tests/build/*.sh)
SCRIPTS_PY := $(wildcard scripts/*.py tests/build/*.py tests/bench/*.py tests/truth/*.py)
lint: lint-format lint-includes lint-shape lint-symbols lint-cppcheck lint-tidy lint-wasm lint-scripts lint-clang  ## all static checks
lint-format:
	@clang-format --dry-run -Werror --ferror-limit=1 $(SOURCES) $(WASM_SOURCES)
format:  ## rewrite the C files as lint wants them
	@clang-format -i $(SOURCES) $(WASM_SOURCES)
lint-includes:
	@$(PYTHON) scripts/check_includes.py -- $(CPPFLAGS) $(PKG_INC) -std=c11 $(WARN)
lint-shape:
	@$(PYTHON) scripts/check_shape.py .
	@$(PYTHON) scripts/check_facts.py .
lint-symbols: $(ARCHIVES)
	@$(PYTHON) scripts/check_symbols.py $(BUILD)
lint-cppcheck:
	@cppcheck --quiet --library=posix,gtk --std=c11 --language=c --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppressions-list=scripts/cppcheck.txt -j 2 '-DG_GNUC_PRINTF(format,first)=' $(CPPFLAGS) $(filter %.c,$(SOURCES))
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	$(call say,TIDY)clang-tidy --quiet $< -- $(CPPFLAGS) $(PKG_INC) -std=c11 2>$@.log || { cat $@.log; exit 1; }
	@touch $@
lint-tidy: $(TIDY)
lint-wasm: $(BUILD)/wasm/sysroot
	@clang-tidy --quiet $(filter %.c,$(WASM_SOURCES)) -- --target=wasm32-wasi --sysroot=$< $(WASM_CPPFLAGS) -std=c11 2>$(BUILD)/wasm/tidy.log || \
	  { cat $(BUILD)/wasm/tidy.log; exit 1; }
lint-scripts:
	shellcheck $(SCRIPTS_SH)
	sh -n scripts/setup && sh -n scripts/servers
	$(PYTHON) -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' $(SCRIPTS_PY)
	scdoc <man/psyncsim.1.scd >/dev/null
lint-clang:
	$(MAKE) programs CC=clang BUILD=$(BUILD)-clang

$(BUILD)/psyncsim.1: man/psyncsim.1.scd
	@mkdir -p $(@D)
	scdoc <$< >$@
install: all $(BUILD)/psyncsim.1  ## install under PREFIX (/usr/local), staged in DESTDIR
	install -D -m 755 $(BUILD)/psyncsim $(DESTDIR)$(PREFIX)/bin/psyncsim
	install -D -m 644 $(BUILD)/psyncsim.1 $(DESTDIR)$(PREFIX)/share/man/man1/psyncsim.1
	install -D -m 644 scripts/psyncsim.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/psyncsim
uninstall:  ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/psyncsim $(DESTDIR)$(PREFIX)/share/man/man1/psyncsim.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/psyncsim

deb: all $(BUILD)/psyncsim.1  ## make a Debian package, BUILD/deb/psyncsim_*.deb (needs debhelper)
	rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	BUILD=$(BUILD) DEB_DIR=$(BUILD)/deb debian/rules binary >$(BUILD)/deb/log 2>&1 || { cat $(BUILD)/deb/log; exit 1; }
	dh_clean
	@ls $(BUILD)/deb/*.deb

CONFIGURATIONS := $(BUILD)-san $(BUILD)-mpi $(BUILD)-clang $(BUILD)-fuzz $(foreach o,O0 O2 O3,$(BUILD)-gcc-$(o) $(BUILD)-clang-$(o))
clean:  ## remove what was built, in this and the other configurations
	rm -rf $(BUILD) $(CONFIGURATIONS)

-include $(shell find $(BUILD) -name servers -prune -o -name '*.d' -print 2>/dev/null)
.PHONY: FORCE all help wasm wasm-tests page programs live check truth ci-programs ci-check determinism fuzz fuzz-fixed fuzz-run bench install uninstall deb clean format \
  lint lint-format lint-includes lint-shape lint-symbols lint-cppcheck lint-tidy lint-wasm lint-scripts lint-clang
.SECONDARY:
