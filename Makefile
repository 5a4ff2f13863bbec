# Two commands are all that a newcomer needs, `make demo` and `make test`. Both bring what is missing: a Python
# environment in .venv from uv.lock, and (for the tests, if you are root on Debian) the Debian packages below.
# Needed beforehand: Python 3.11 or newer with pip, make and a C compiler.

PYTHON ?= python3
JOBS ?= 2
EXAMPLES ?= 100
ARGS ?=

# The version of uv that wrote uv.lock. It goes into .tools and leaves the rest of the machine alone.
UV_VERSION := 0.13.9
UV := .tools/uv-$(UV_VERSION)/bin/uv
VENV := .venv
BIN := $(VENV)/bin
SYNCED := $(VENV)/.synced

# Programs that some tests start (or a file of theirs), each with the Debian package that brings it.
OFFICE := /usr/lib/libreoffice/program
TEST_PROGRAMS := strace:strace rabbitmqctl:rabbitmq-server redis-server:redis-server curl:curl \
    debootstrap:debootstrap bwrap:bubblewrap setpriv:util-linux systemd-analyze:systemd \
    ip:iproute2 glusterfs:glusterfs-client radosgw:radosgw ceph-mon:ceph-mon ceph-osd:ceph-osd \
    $(OFFICE)/libswlo.so:libreoffice-writer-nogui $(OFFICE)/libsclo.so:libreoffice-calc-nogui \
    $(OFFICE)/libsdlo.so:libreoffice-impress-nogui gs:ghostscript \
    ffmpeg:ffmpeg flac:flac mediaconch:mediaconch clamscan:clamav clamd:clamav-daemon 7zz:7zip vips:libvips-tools \
    tiffcp:libtiff-tools exiftool:libimage-exiftool-perl java:default-jre-headless \
    /usr/share/perl5/Email/Outlook/Message.pm:libemail-outlook-message-perl

SOURCES = $(wildcard preservation workers migrations tests bench examples)

export UV_PYTHON_DOWNLOADS = never
export UV_PROJECT_ENVIRONMENT = $(VENV)

.DEFAULT_GOAL := help
.PHONY: help demo run migration-drill kill-drill s3-drill hosts-drill chaos-drill api-fuzz test install check lint format types imports tests bench crash-drill bitrot-drill debian-packages lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(SYNCED) ## take in the examples and tell the whole story in the terminal
	@$(BIN)/python -m examples.demo $(ARGS)

run: $(SYNCED) ## run the service on this machine; its home is archive-home/, made at the first start
	@test -d archive-home || $(BIN)/preservation init --home archive-home
	@exec $(BIN)/preservation serve --home archive-home $(ARGS)

test: install debian-packages check tests ## everything that continuous integration runs

install: $(SYNCED) ## make .venv as uv.lock says

check: lint types imports ## style, types and directions of imports

lint: $(SYNCED) ## ruff: rules and format
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

format: $(SYNCED) ## rewrite the sources as ruff wants them
	@$(BIN)/ruff check --fix-only $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

types: $(SYNCED) ## mypy, strict
	@$(BIN)/mypy $(SOURCES)

imports: $(SYNCED) ## import-linter's contracts
	@$(BIN)/lint-imports

tests: $(SYNCED) ## pytest alone; ARGS="tests/standards -k bag" selects
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

bench: $(SYNCED) ## ratios against what a person would use instead
	@$(BIN)/python -m bench $(ARGS)

crash-drill: $(SYNCED) debian-packages ## kill an ingest, a sync, a repair and a rebuild at every system call
	@$(BIN)/python -m tests.drills.crash $(ARGS)

bitrot-drill: $(SYNCED) ## damage a replica in a thousand ways; all must be found and repaired
	@$(BIN)/python -m tests.drills.bitrot $(ARGS)

kill-drill: $(SYNCED) debian-packages ## kill API, workers, scheduler, broker and database at random under load
	@$(BIN)/python -m tests.drills.kill $(ARGS)

migration-drill: $(SYNCED) debian-packages ## migrate many formats, catch harmful tools, kill a run 50 times; rates of looking into what is held
	@$(BIN)/python -m tests.drills.migration $(ARGS)
	@$(BIN)/python -m bench.bench_reidentify --count 6000 --rounds 3
	@$(BIN)/python -m bench.bench_examination 1000

s3-drill: $(SYNCED) debian-packages ## every request of a commit to S3 meets every fault; ARGS="moto" names servers
	@$(BIN)/python -m tests.drills.s3_faults $(ARGS)

chaos-drill: $(SYNCED) debian-packages ## damage, empty, cut off and bring back replicas for an hour while the service works
	@$(BIN)/python -m tests.drills.chaos $(ARGS)

hosts-drill: $(SYNCED) debian-packages ## seven hosts as network namespaces; a worker is cut off in the middle of an ingest (root)
	@$(BIN)/python -m tests.drills.hosts $(ARGS)

api-fuzz: $(SYNCED) ## any request as each role, many of each kind; EXAMPLES=200 says how many
	@PRESERVATION_SCHEMATHESIS_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/api/test_schemathesis.py $(ARGS)

debian-packages: ## bring the programs that tests start, or say which are missing
	@missing=; for pair in $(TEST_PROGRAMS); do \
	    command -v "$${pair%%:*}" >/dev/null 2>&1 || [ -e "$${pair%%:*}" ] || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    export DEBIAN_FRONTEND=noninteractive; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	    echo "Not installed here:$$missing. Tests that need them are skipped; as root: apt-get install$$missing"; \
	fi

lock: $(UV) ## resolve the dependencies anew into uv.lock
	@$(UV) lock

clean: ## remove what was made here: environment, caches, the homes of demo and run
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist demo-home archive-home

# --target needs neither the venv module nor an environment that pip may change.
$(UV):
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --root-user-action ignore --target .tools/uv-$(UV_VERSION) uv==$(UV_VERSION)

# Compiled at once: where PYTHONDONTWRITEBYTECODE is set, every program would compile every module anew.
$(SYNCED): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --compile-bytecode --python $(PYTHON)
	@$(BIN)/python -m compileall -q preservation workers migrations
	@touch $@
