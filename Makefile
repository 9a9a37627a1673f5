# volley: `make help` lists the targets. Objects go to out/PROFILE, the program to ./volley.
PROFILE ?= release# release debug asan tsan clang fuzz
PREFIX ?= /usr/local
# Debian's, which has python3-pytest; another may come first in PATH.
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
OUT := out/$(PROFILE)
PKGS := libhs libpcre2-8 libuv jansson yaml-0.1 libxxhash sqlite3 libseccomp zlib
# tree-sitter and its grammars: fetched and compiled once, for all profiles.
GRAMMARS := out/grammars/libgrammars.a

ifeq ($(origin CC),default)
CC := $(if $(filter clang fuzz,$(PROFILE)),clang,gcc)
endif
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations \
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Wpointer-arith -Wcast-qual -Wimplicit-fallthrough
ifneq ($(findstring clang,$(CC)),)
WARN += -Wmissing-variable-declarations
endif
# Instrumented code makes gcc see overflows that are not there.
WERROR := $(if $(filter asan tsan fuzz,$(PROFILE)),,-Werror)
OPT_release := -O2 -g
OPT_debug := -O1 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
OPT_clang := -O2 -g
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined

ALL_CPPFLAGS := -Isrc -isystem out/grammars/include -D_GNU_SOURCE -DVOLLEY_VERSION='"$(shell cat build/version)"' $(CPPFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
ALL_CFLAGS := -std=gnu17 $(OPT_$(PROFILE)) -fvisibility=hidden $(WARN) $(WERROR) \
	$(PKG_CFLAGS) $(CFLAGS)
# Hyperscan and its C++ library, and SQLite, are linked statically: they are half of the start-up
# time if not. libcurl, which brings thirty libraries, is loaded when it is first needed.
ALL_LIBS := $(GRAMMARS) -l:libhs.a -l:libsqlite3.a -l:libstemmer.a \
	$(filter-out -lhs -lsqlite3,$(shell pkg-config --libs $(PKGS) 2>/dev/null)) \
	-Wl,-Bstatic -lstdc++ -Wl,-Bdynamic -lm -lpthread $(LDLIBS)

SRC := $(wildcard src/*/*.c)
OBJ := $(SRC:src/%.c=$(OUT)/%.o)
MAIN := $(OUT)/cli/main.o
LIB := $(OUT)/libvolley.a
UNIT := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c))
# The simulated engine, and the same with an engine that is broken in one place.
SIM := $(OUT)/tests/sim/sim
SIM_OBJ := $(patsubst tests/%.c,$(OUT)/tests/%.o,$(wildcard tests/sim/*.c))
MUTANTS := $(patsubst %,$(OUT)/tests/sim/mutant_%,\
	$(shell sed -n 's/^    "\(.*\)": .$$/\1/p' tests/sim/mutate.py))
SEED ?= 1
SEEDS ?= 10000
# One short line for each file; make V=1 shows the commands.
Q := $(if $(V),,@)

# Programs that tests start: $VOLLEY_OUT/tests/fault/NAME and .../oracle/NAME.
FAULT := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fault/*.c tests/oracle/*.c))
# Preloaded by tests: the same place, NAME.so.
PRELOAD := $(patsubst tests/%.c,$(OUT)/tests/%.so,$(wildcard tests/fault/preload/*.c))
FUZZ := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
PYTEST := $(wildcard tests/oracle/test_*.py tests/e2e/test_*.py tests/sim/test_*.py)

# Address randomness of more than 28 bits confuses the sanitizers of gcc 12 and clang 14.
FIXED_ADDRESSES = $(shell setarch -R true 2>/dev/null && echo setarch -R)
SUBMAKE = $(MAKE) --no-print-directory -j$(JOBS)
RUN_TESTS = $(FIXED_ADDRESSES) env VOLLEY=$(CURDIR)/$(OUT)/volley \
	VOLLEY_OUT=$(CURDIR)/$(OUT) $(PYTHON) tests/run.py --jobs $(JOBS) --logs $(OUT)/logs

all: $(if $(filter release,$(PROFILE)),volley,$(OUT)/volley) ## build ./volley

volley: $(OUT)/volley
	$(Q)cp -f $< $@

$(OUT)/volley: $(MAIN) $(LIB)
	$(Q)echo "link $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ)) | out/hyperscan.ok $(GRAMMARS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(OUT)/%.o: src/%.c Makefile build/version
	@mkdir -p $(@D)
	$(Q)echo "$(CC) $@" && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The page is part of the program.
$(OUT)/graph/export_html.o: web/graph/dist/graph.html

# They include tree-sitter's header.
$(filter $(OUT)/graph/grammar%,$(OBJ)): | $(GRAMMARS)

# Refuse a Hyperscan that gives wrong answers (Debian's Vectorscan does).
out/hyperscan.ok: build/check-hyperscan.c
	@mkdir -p out
	$(Q)gcc -O1 $(PKG_CFLAGS) -o out/check-hyperscan $< \
		-l:libhs.a -Wl,-Bstatic -lstdc++ -Wl,-Bdynamic -lm
	out/check-hyperscan
	@touch $@

$(GRAMMARS): build/grammars.sh build/grammars/package-lock.json
	$(Q)echo "npm, gcc $@" && build/grammars.sh $(JOBS)

$(UNIT) $(FAULT): $(OUT)/tests/%: tests/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(Q)echo "$(CC) $@" && $(CC) $(ALL_CPPFLAGS) -I. $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) \
		-lcmocka $(ALL_LIBS)

$(PRELOAD): $(OUT)/tests/%.so: tests/%.c Makefile
	@mkdir -p $(@D)
	$(Q)echo "$(CC) $@" && $(CC) -D_GNU_SOURCE -std=gnu17 -O1 -g -Wall -Wextra -Werror -fPIC \
		-shared -o $@ $< -ldl

$(FUZZ): $(OUT)/tests/%: tests/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(Q)echo "$(CC) $@" && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) \
		$(ALL_LIBS)

$(SIM_OBJ): $(OUT)/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(Q)echo "$(CC) $@" && $(CC) $(ALL_CPPFLAGS) -I. $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(SIM): $(SIM_OBJ) $(LIB)
	$(Q)echo "link $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(OUT)/tests/sim/mutant_%: tests/sim/mutate.py $(SIM_OBJ) $(LIB)
	$(Q)$(PYTHON) tests/sim/mutate.py $* >$@.c
	$(Q)echo "$(CC) $@" && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $@.c \
		$(SIM_OBJ) $(LIB) $(ALL_LIBS)

unit: $(UNIT) $(FAULT) $(PRELOAD) $(SIM)
mutants: $(MUTANTS)
fuzzers: $(FUZZ)

deps: ## install everything any target needs (Debian 12, root or sudo)
	build/deps.sh build test lint fuzz bench

demo: ## build and run a real workflow; installs what is missing
	@build/deps.sh build
	@$(SUBMAKE) volley
	@build/demo.sh

check: ## all tests; installs what is missing; ends in "N passed, N failed"
	@build/deps.sh build test
	@$(SUBMAKE) all unit mutants
	@$(RUN_TESTS) $(PYTEST) $(SIM) $(UNIT)

sim: ## run SEEDS=10000 seeds of the simulated engine from SEED=1
	@build/deps.sh build
	@$(SUBMAKE) $(SIM)
	@$(SIM) $(SEED) $(SEEDS) $(JOBS)

web: web/graph/node_modules ## build the page again: web/graph/dist/graph.html (npm)
	cd web/graph && npm run --silent build

check-web: ## the page in a browser, and whether it is what its source builds (npm, Chromium)
	@build/deps.sh web
	@$(SUBMAKE) web/graph/node_modules
	cd web/graph && npm run --silent check && npm test --silent

web/graph/node_modules: web/graph/package-lock.json
	cd web/graph && npm ci --no-audit --no-fund
	@touch $@

check-agents: out/agents/node_modules ## two agents from npm (450 MB), against a model of our own
	@build/deps.sh build test
	@$(SUBMAKE) all
	@VOLLEY=$(CURDIR)/$(OUT)/volley AGENTS=$(CURDIR)/out/agents/node_modules/.bin \
		$(PYTHON) -m pytest -q -p no:cacheprovider tests/agents

out/agents/node_modules: tests/agents/package.json
	@mkdir -p out/agents && cp $< out/agents/
	cd out/agents && npm install --no-audit --no-fund
	@touch $@

crash: ## every system call of a run as its last, every error of its disk (minutes)
	@build/deps.sh build test
	@$(SUBMAKE) all unit
	@VOLLEY_CRASH_ALL=1 $(RUN_TESTS) tests/e2e/test_crash_points.py tests/e2e/test_resume.py \
		$(OUT)/tests/unit/test_journal_power

asan tsan: ## unit and oracle tests under a sanitizer
	@build/deps.sh build test
	@$(SUBMAKE) PROFILE=$@ all unit
	@$(MAKE) --no-print-directory PROFILE=$@ run-sanitized

run-sanitized:
	@VOLLEY_CASES=60 SIM_SEEDS=50 $(RUN_TESTS) $(wildcard tests/oracle/test_*.py) $(SIM) $(UNIT)

lint: ## layers, sizes, banned calls, format, clang-tidy, both compilers
	@build/deps.sh build test lint
	@build/lint.sh

tidy:
	@printf '%s\n' $(SRC) | xargs -P $(JOBS) -I{} clang-tidy --quiet {} \
		-- -std=gnu17 $(ALL_CPPFLAGS) $(PKG_CFLAGS) 2>/dev/null

fuzz: fuzz-parsers fuzz-oracle ## FUZZ_SECONDS for each parser, then ripgrep against volley for ever

fuzz-parsers:
	@build/deps.sh build fuzz
	@$(SUBMAKE) PROFILE=fuzz fuzzers
	@$(FIXED_ADDRESSES) build/fuzz.sh $(JOBS) $(FUZZ_SECONDS) $(FUZZ:$(OUT)/%=out/fuzz/%)

fuzz-oracle:
	@build/deps.sh build test
	@$(SUBMAKE) volley
	@$(PYTHON) tests/oracle/fuzz_grep.py

bench: ## measure against ripgrep, xargs and GNU parallel (see bench/README.md)
	@build/deps.sh build bench
	@$(SUBMAKE) volley
	@bench/run.sh

install: volley ## PREFIX=/usr/local, DESTDIR
	install -D -m 755 volley $(DESTDIR)$(PREFIX)/bin/volley
	$(foreach page,$(wildcard docs/man/*.1),\
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(page) &&) :
	install -D -m 644 out/grammars/LICENSES $(DESTDIR)$(PREFIX)/share/doc/volley/LICENSES.grammars
	$(foreach file,$(wildcard examples/*.yaml),\
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/volley/examples $(file) &&) :

clean: ## remove out/ (but not the trees of the bench, nor the grammars) and ./volley
	find out -mindepth 1 -maxdepth 1 ! -name bench ! -name grammars -exec rm -rf {} + 2>/dev/null || :
	rm -f volley

help:
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

.PHONY: all unit mutants fuzzers deps demo check sim web check-web check-agents crash asan tsan run-sanitized \
	lint tidy fuzz fuzz-parsers fuzz-oracle bench install clean help
-include $(OBJ:.o=.d) $(UNIT:=.d) $(FAULT:=.d) $(FUZZ:=.d) $(SIM_OBJ:.o=.d)
