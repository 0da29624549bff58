# saferl: `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Steps follow one another: two builds at once would wait for each other anyway.
.NOTPARALLEL:
.PHONY: help train test install install-build models package serve serve-test board board-tests docs bench assurance campaigns format lint clean system-packages python-packages toolchain build \
    build-tests run-tests build-fuzz test-target worker-tests cases short-campaigns cluster-packages notebook

# Where `make install` puts the command; without the right to write there, in the home directory.
PREFIX ?= $(shell if [ -w /usr/local/bin ]; then echo /usr/local; else echo "$$HOME/.local"; fi)
CONFIG ?= configs/fisor.json
# make test TARGET=Replay: style, build and tests of that target and what it needs alone.
TARGET ?=
ifeq ($(TARGET),)
SOURCES := Sources Tests Environments Examples Benchmarks Configs Package.swift
CHECKS := lint build-tests run-tests worker-tests cases short-campaigns notebook
else
SOURCES := $(wildcard Sources/$(TARGET) Tests/$(TARGET)Tests)
CHECKS := test-target lint build-tests run-tests
export SAFERL_TEST_TARGETS := $(TARGET)Tests
endif
SAFERL := .build/release/saferl
# Where `make serve` and `make board` put them.
SERVER := .build/release/saferl-serve
BOARD := .build/release/saferl-board
# What the program says that it was built from.
export SAFERL_COMMIT := $(shell git rev-parse HEAD 2>/dev/null && { git diff --quiet HEAD 2>/dev/null || echo +; })
SWIFT_MINIMUM := 6.2
# An index of symbols takes a quarter of the time of compiling, and no step reads it: Tests/XCTMain.swift finds tests without.
NO_INDEX := --disable-index-store
# Installed where pkg-config does not find the library.
LIBRARIES := openblas:libopenblas-dev lapacke:liblapacke-dev hdf5:libhdf5-dev libcrypto:libssl-dev zlib:zlib1g-dev

say = @printf '\n== %s\n' "$(1)"

help: ## List the targets.
	@printf 'Usage: make TARGET\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

train: build ## Install what is missing, build, and train FISOR on the point robot (CONFIG=FILE for another run).
	$(call say,Training $(CONFIG); Ctrl-C stops after a checkpoint)
	@$(SAFERL) train $(CONFIG)

test: $(CHECKS) ## Install what is missing and run every check; with TARGET=Replay style and tests of that target alone.
	$(call say,All checks passed)

# The installed command carries the Swift runtime, so that it also runs where no toolchain is. Its build has a folder of
# its own, because it shares no object files with the one that tests use.
install-build: toolchain system-packages
	$(call say,Building in release mode with the Swift runtime inside; the first time takes a few minutes)
	@swift build -c release --product saferl --static-swift-stdlib --scratch-path .build/install
	@for program in "$(SERVER)" "$(BOARD)"; do \
	    if [ -x "$$program" ]; then \
	        SAFERL_SERVE=1 swift build -c release --product "$${program##*/}" --static-swift-stdlib --scratch-path .build/install; \
	    fi; \
	done

install: install-build ## Build and put saferl, with saferl-serve and saferl-board where they were built, into PREFIX/bin (/usr/local, else ~/.local), manual pages and completion into PREFIX/share.
	@mkdir -p "$(PREFIX)/bin"
	@install -m 755 .build/install/release/saferl "$(PREFIX)/bin/saferl"
	@for program in "$(SERVER)" "$(BOARD)"; do \
	    if [ -x "$$program" ]; then \
	        install -m 755 ".build/install/release/$${program##*/}" "$(PREFIX)/bin/$${program##*/}"; \
	    fi; \
	done
	@"$(PREFIX)/bin/saferl" --version >/dev/null
	@if command -v python3 >/dev/null; then packaging/share.sh "$(PREFIX)/bin/saferl" "$(PREFIX)/share"; \
	else echo "without python3: manual pages and completion are left out"; fi
	@echo "$(PREFIX)/bin/saferl"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "Put $(PREFIX)/bin on the PATH to call it by name.";; esac

models: build ## Fetch the small language model that tests and examples use (98 MB).
	@$(SAFERL) model fetch smollm2

serve: toolchain system-packages ## Build saferl-serve, which "saferl serve" starts, beside saferl; fetches a Swift package of sockets.
	$(call say,Building saferl and saferl-serve in release mode)
	@swift build -c release --product saferl $(NO_INDEX)
	@SAFERL_SERVE=1 swift build -c release --product saferl-serve $(NO_INDEX)
	@echo $(SERVER)

# SmolLM2 is served too where `make models` has put it, or SAFERL_SMOLLM2 names it.
serve-test: serve python-packages ## Try "saferl serve" with a client library from PyPI.
	$(call say,The server and a client library)
	@if [ ! -x .build/serve-client/bin/python ]; then python3 -m venv .build/serve-client; fi; \
	if ! .build/serve-client/bin/python -m pip install -q --disable-pip-version-check -r Tests/Serving/requirements.txt; then \
	    echo "skipped: pip cannot install Tests/Serving/requirements.txt"; exit 0; \
	fi; \
	model="$${SAFERL_SMOLLM2:-$${SAFERL_HOME:-$$HOME/.local/share/saferl}/models/SmolLM2-135M-Instruct.Q4_1.gguf}"; \
	if [ ! -f "$$model" ]; then echo "without SmolLM2, which \"make models\" fetches: long replies are not tried"; model=""; fi; \
	.build/serve-client/bin/python -B Tests/Serving/client.py $(SAFERL) $$model

board: toolchain system-packages ## Build saferl-board, which "saferl board" starts, beside saferl; fetches a Swift package of sockets.
	$(call say,Building saferl and saferl-board in release mode)
	@swift build -c release --product saferl $(NO_INDEX)
	@SAFERL_SERVE=1 swift build -c release --product saferl-board $(NO_INDEX)
	@echo $(BOARD)

# SAFERL_BROWSER names a Chromium; without it the one on the PATH is taken.
board-tests: board python-packages ## Try "saferl board" in a browser; skipped where there is none.
	$(call say,The board in a browser)
	@if [ ! -x .build/board-browser/bin/python ]; then python3 -m venv .build/board-browser; fi; \
	if ! .build/board-browser/bin/python -m pip install -q --disable-pip-version-check -r Tests/Browser/requirements.txt; then \
	    echo "skipped: pip cannot install Tests/Browser/requirements.txt"; exit 0; \
	fi; \
	.build/board-browser/bin/python -B Tests/Browser/board.py $(SAFERL)

package: install-build ## Pack the command for Debian: a .deb and a tarball in packaging/out, with their SHA-256.
	@packaging/build.sh .build/install/release/saferl

bench: build ## Compare the time and memory of updates with what Benchmarks/Thresholds.json keeps for this kind of processor.
	@python3 -B Benchmarks/thresholds.py $(SAFERL)

# Exit code 3 says that a case is not proved, which is what these are for: their pages say why.
assurance: build ## Train FISOR, OGSRL and HC-RLHF briefly and make their assurance cases (Checkpoints/assurance).
	$(call say,Short runs and their assurance cases)
	@runs=Checkpoints/assurance; rm -rf "$$runs"; mkdir -p "$$runs"; \
	    argue() { $(SAFERL) report "$$runs/$$1" --assurance "$${@:2}" || [ $$? = 3 ]; }; \
	    $(SAFERL) train configs/fisor.json --run "$$runs/fisor" --quiet >/dev/null \
	        --set schedule.steps=300 --set schedule.log=50 --set schedule.checkpoint=150 \
	        --set data.collect.transitions=10000 --set evaluation.episodes=100 \
	        --set fisor.width=32 --set fisor.criticWidths='[32,32]' --set fisor.blocks=1 && \
	    $(SAFERL) certify "$$runs/fisor" --episodes 400 --limit 50 --delta 0.05 >/dev/null && \
	    argue fisor --from any-1 --limit 50 && \
	    cp "$$runs/fisor/assurance/case.html" "$$runs/fisor-any.html" && argue fisor --limit 50 && \
	    $(SAFERL) train configs/ogsrl.json --run "$$runs/ogsrl" --quiet >/dev/null \
	        --set data.collect.episodes=1000 --set ogsrl.guardian='{"kind": "count", "visits": 20}' \
	        --set evaluation.episodes=200 2>/dev/null && \
	    $(SAFERL) certify "$$runs/ogsrl" --episodes 400 --limit 5 --delta 0.05 >/dev/null 2>&1 && \
	    argue ogsrl --limit 5 && \
	    $(SAFERL) train configs/hcrlhf-tokens.json --run "$$runs/hcrlhf" --quiet >/dev/null \
	        --set schedule.steps=61 --set evaluation.episodes=200 --set hcrlhf.candidate.prompts=20 \
	        --set hcrlhf.test.limit=3 --set hcrlhf.test.prompts=400 && \
	    argue hcrlhf --limit 3
	@ls Checkpoints/assurance/*/assurance/case.html Checkpoints/assurance/*.html

campaigns: build build-fuzz ## Run the long trials with random seeds (Tests/Campaigns): hours.
	@for campaign in Tests/Campaigns/*.py; do \
	    python3 -B "$$campaign" "$(SAFERL)" || exit 1; \
	done

format: toolchain ## Rewrite the sources in the house style.
	@swift format -i -r $(SOURCES)

lint: toolchain ## Check the house style.
	$(call say,Style)
	@swift format lint --strict -r $(SOURCES)

# The package manager also asks for graphs of its test runner, which it has not built, and fails by that alone.
docs: toolchain system-packages ## Build the library's documentation into .build/docs (open index.html through a web server).
	$(call say,Building the documentation)
	@mkdir -p .build && swift package dump-symbol-graph --minimum-access-level public >.build/symbol-graphs.log 2>&1 || true
	@graphs=$$(find .build -type d -name symbolgraph | head -n 1) && \
	    { test -f "$$graphs/SafeRL.symbols.json" || { tail .build/symbol-graphs.log >&2; exit 1; }; } && \
	    docc convert Sources/SafeRL/SafeRL.docc --additional-symbol-graph-dir "$$graphs" \
	        --fallback-display-name SafeRL --fallback-bundle-identifier saferl.SafeRL --output-path .build/docs
	@echo .build/docs

clean: ## Remove what was built; runs under Checkpoints stay.
	@rm -rf .build

# --- steps of the targets above

build: toolchain system-packages
	$(call say,Building in release mode; the first time takes a few minutes)
	@swift build -c release --product saferl $(NO_INDEX)

build-fuzz: toolchain system-packages
	@swift build -c release --product reader-fuzz

build-tests: toolchain system-packages
	$(call say,Building the tests in release mode; warnings are errors)
	@swift build -c release --build-tests $(NO_INDEX)

# The failures are said again at the end: among 2,000 lines they are easily missed, and a cut log keeps only its tail.
run-tests: build-tests
	$(call say,Tests)
	@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
	    { swift test -c release --skip-build --enable-swift-testing 2>&1 | tee "$$log"; } || { \
	        printf '\n== Failures\n'; \
	        grep -A 2 -E 'recorded an issue|^error:|Fatal error|signal code' "$$log" | cut -c 1-600 | tail -n 60; \
	        exit 1; \
	    }

# With fakes in plain Python; the simulators themselves are not installed for this.
worker-tests: python-packages
	$(call say,The Python worker)
	@python3 -B -m unittest discover Environments/gymnasium/tests

# Inputs from public reports and attacks, kept beside the repository, each with the promise that it once broke.
cases: build-tests
	$(call say,Cases)
	@cases="$${SAFERL_SHARED:-../shared}/cases"; \
	    if [ -d "$$cases" ]; then Tests/run-cases.sh $(SAFERL) "$$cases"; \
	    else echo "skipped: there is no folder $$cases"; fi

# The short form of each campaign.
short-campaigns: build-tests cluster-packages
	$(call say,Campaigns in their short form)
	@for campaign in Tests/Campaigns/*.py; do \
	    if [ -f "$$campaign" ]; then python3 -B "$$campaign" --short "$(SAFERL)" || exit 1; fi; \
	done

# For the campaigns of sweeps on SLURM and of runs over several processes, each of which is skipped with a line where they cannot be installed.
cluster-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v slurmctld >/dev/null; then \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
	        slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins >/dev/null 2>&1 || true; \
	fi
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v mpirun >/dev/null; then \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends openmpi-bin >/dev/null 2>&1 || true; \
	fi

notebook: build-tests python-packages
	$(call say,Short runs, the notebooks that read them, and the Python package)
	@run=$$(mktemp -d) && trap 'rm -rf "$$run"' EXIT && \
	    $(SAFERL) train configs/fisor.json --run "$$run/run" --quiet \
	        --set schedule.steps=300 --set schedule.log=10 --set schedule.checkpoint=150 \
	        --set data.collect.transitions=10000 --set evaluation.episodes=8 \
	        --set fisor.width=32 --set fisor.criticWidths='[32,32]' --set fisor.blocks=1 && \
	    SAFERL=$(SAFERL) notebooks/run.sh "$$run/run" && \
	    SAFERL=$(SAFERL) notebooks/run.sh --assurance "$$run/run" && \
	    ls "$$run/run/pictures" && \
	    for guardian in count none; do \
	        settings=$$guardian; [ $$guardian = none ] || settings='{"kind": "count", "visits": 1}'; \
	        $(SAFERL) train configs/ogsrl.json --run "$$run/$$guardian" --quiet --set ogsrl.guardian="$$settings" \
	            --set data.collect.episodes=1000 --set schedule.steps=62 --set ogsrl.optimiser.advantages.rollouts=150 \
	            --set ogsrl.optimiser='"cpo"' --set evaluation.episodes=200 || exit 1; \
	    done && \
	    notebooks/run.sh "$$run/count" "$$run/none" && \
	    SAFERL=$(SAFERL) SAFERL_RUNS="$$run" python/test.sh
	@SAFERL=$(SAFERL) SAFERL_TRIALS=60 notebooks/run.sh

test-target:
	@[ -d "Tests/$(TARGET)Tests" ] || { \
	    echo "make: there is no folder Tests/$(TARGET)Tests. TARGET is one of: $(patsubst Tests/%Tests,%,$(wildcard Tests/*Tests))." >&2; \
	    exit 1; }

toolchain:
	@command -v swift >/dev/null || { \
	    echo "make: no Swift toolchain found. Install Swift $(SWIFT_MINIMUM) or later from https://www.swift.org/install/linux/, then call make again." >&2; \
	    exit 1; }
	@version=$$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1); \
	    if [ "$$(printf '%s\n' "$(SWIFT_MINIMUM)" "$$version" | sort -V | head -n 1)" != "$(SWIFT_MINIMUM)" ]; then \
	        echo "make: Swift $$version is too old. Install Swift $(SWIFT_MINIMUM) or later from https://www.swift.org/install/linux/." >&2; \
	        exit 1; \
	    fi

# Nothing is installed where everything is found.
system-packages:
	@missing=""; \
	    command -v pkg-config >/dev/null || missing="pkg-config"; \
	    for entry in $(LIBRARIES); do \
	        pkg-config --exists "$${entry%%:*}" 2>/dev/null || missing="$$missing $${entry#*:}"; \
	    done; \
	    $(install-missing)

python-packages:
	@missing=""; \
	    python3 -c 'import venv, ensurepip' 2>/dev/null || missing="python3 python3-venv"; \
	    $(install-missing)

# Installs $missing, as root or by sudo.
define install-missing
if [ -n "$$missing" ]; then \
    if ! command -v apt-get >/dev/null; then \
        echo "make: missing: $$missing (names as in Debian). There is no apt-get here: install them with this system's own tool, then call make again." >&2; \
        exit 1; \
    fi; \
    root=""; if [ "$$(id -u)" != 0 ]; then root="sudo"; fi; \
    if [ -n "$$root" ] && ! command -v sudo >/dev/null; then \
        echo "make: missing: $$missing. Neither root nor sudo: ask for \"apt-get install $$missing\", then call make again." >&2; \
        exit 1; \
    fi; \
    printf '\n== Installing %s\n' "$$missing"; \
    $$root apt-get update -qq; \
    $$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
fi
endef
