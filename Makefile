# make run, make test: the two commands of the README. Each installs what it lacks, all of it inside this clone but for
# Debian packages. Rust and Node have to be there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
VENV := .venv
PYTEST := $(VENV)/bin/pytest -c tests/pytest.ini
WORKERS ?= $(shell nproc)
CONVERSE_VERSION := 14.0.0
CONVERSE := tests/js/node_modules/.converse/$(CONVERSE_VERSION)
DENY_VERSION := 0.20.2
DENY := $(CARGO_TARGET_DIR)/tools/bin/cargo-deny
FUZZ_SECONDS ?= 60

.PHONY: help run build web static test test-rust test-clients test-web test-plugin plugin pictures check fmt clippy deny bench compare compare-small compare-build fuzz clean

help:
	@echo "make run      start the server on http://127.0.0.1:5280"
	@echo "make web      the web client (run, build and test make it as well)"
	@echo "make test     all tests: Rust, then clients from elsewhere against the built binary"
	@echo "make pictures what people see, into docs/pictures"
	@echo "make plugin   the PeerTube plugin, packed with the program for this machine's platform"
	@echo "make check    formatting, lints, licences and sources of dependencies"
	@echo "make bench    benchmarks"
	@echo "make compare  the same crowd against Prosody and ejabberd, and by way of PeerTube (more than an hour; writes docs/COMPARISON.md)"
	@echo "make fuzz     each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))"

run: web
	cargo run --release --locked -p parterre -- serve

# The client that the binary holds. Its manifest is written last, and so stands for all of it. A tree without web/ makes a
# server without pages.
web: $(if $(wildcard web/package.json),web/dist/manifest.json)

WEB_SOURCES := $(shell find web -mindepth 1 \( -name node_modules -o -name dist -o -name tests -o -name e2e \) -prune -o -type f -print 2>/dev/null)

web/dist/manifest.json: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build
	touch $@

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch $@

build: web
	cargo build --locked -p parterre

# The program without any library of the system: it runs on old and new distributions alike.
STATIC_TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')
STATIC := $(CARGO_TARGET_DIR)/$(STATIC_TARGET)/release/parterre

static: web
	RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target $(STATIC_TARGET) -p parterre

test: test-rust test-clients test-web test-plugin

test-rust: web
	cargo test --locked --workspace

# The browser's tests run by themselves: they need the cores, and their time-outs are those of a person.
test-clients: build $(VENV)/.installed tests/js/node_modules/.installed $(CONVERSE)/.installed
	tests/install-packages chromium openssl
	tests/install-packages --stopped prosody nginx
	@outcome=0; \
	$(PYTEST) -n $(WORKERS) -m "not browser" tests || outcome=1; \
	$(PYTEST) -m browser tests || outcome=1; \
	exit $$outcome

# The web client: its types and style, its logic, then the built binary with Chromium, and rooms of other servers.
test-web: build
	tests/install-packages chromium
	tests/install-packages --stopped prosody ejabberd erlang-p1-sqlite3
	cd web && npm run check && npm test && npm run e2e

# Every view of the chat, kept in docs/pictures to be looked at.
pictures: build
	tests/install-packages chromium fonts-noto-color-emoji fonts-noto-cjk
	cd web && PICTURES=1 npm run e2e -- pictures

# The PeerTube plugin: its types and style beside its logic, whose tests mostly wait, then in a played PeerTube with the built binary and Chromium.
test-plugin: build peertube-plugin-parterre/node_modules/.installed
	tests/install-packages chromium
	cd peertube-plugin-parterre && { npm run check & check=$$!; npm test && wait $$check; } && npm run build && npm run e2e && node scripts/pack.mjs

# The packages to publish, in peertube-plugin-parterre/packed: the plugin, and the program for this machine's platform.
plugin: static peertube-plugin-parterre/node_modules/.installed
	cd peertube-plugin-parterre && node scripts/place-binary.mjs $(if $(findstring aarch64,$(STATIC_TARGET)),linux-arm64,linux-x64) $(STATIC) \
		&& npm run build && node scripts/pack.mjs packed

# Not `npm ci`: it wants the programs' packages in the lock file, and these are published with the plugin, not before it.
peertube-plugin-parterre/node_modules/.installed: peertube-plugin-parterre/package.json peertube-plugin-parterre/package-lock.json
	cd peertube-plugin-parterre && npm install --no-save --no-audit --no-fund
	touch $@

check: fmt clippy deny

fmt:
	cargo fmt --all --check

clippy: web
	cargo clippy --locked --workspace --all-targets -- -D warnings

# Not the advisories: their database would have to be fetched.
deny: $(DENY)
	$(DENY) --workspace check bans licenses sources

bench: web
	cargo bench --locked --workspace

# The comparison: everything, or in some minutes what must not get worse. Both need the machine to themselves.
compare: compare-build web/node_modules/.installed $(CONVERSE)/.installed
	tests/install-packages chromium
	for run in 1 2 3; do cargo bench --locked -p parterre --bench audience -- 100000 --json $(CURDIR)/compare/results/audience-$$run.json; done
	node compare/browser/measure.mjs --binary $(CARGO_TARGET_DIR)/release/parterre --converse $(CONVERSE) --out compare/results/browser.json
	python3 compare/compare.py

compare-small: compare-build
	python3 compare/compare.py --small --rounds 2

compare-build: web peertube-plugin-parterre/node_modules/.installed
	tests/install-packages --stopped prosody ejabberd erlang-p1-sqlite3 nginx
	mkdir -p compare/results
	cd peertube-plugin-parterre && npm run build && npx esbuild tests/host/host.ts --bundle --platform=node --external:express \
		--outfile=tests/.built/host.cjs --log-level=error
	cargo build --release --locked -p parterre -p parterre-rehearse --bin parterre --example floor

fuzz:
	tests/fuzz $(FUZZ_SECONDS)

$(DENY):
	cargo install --locked --version $(DENY_VERSION) --root $(CARGO_TARGET_DIR)/tools cargo-deny

$(VENV)/.installed: tests/requirements.txt
	python3 -c 'import venv, ensurepip' 2>/dev/null || tests/install-packages python3-venv
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

tests/js/node_modules/.installed: tests/js/package.json tests/js/package-lock.json
	cd tests/js && npm ci --no-audit --no-fund
	touch $@

# One of ConverseJS's dependencies cannot be installed from the registry, and a page needs none of them: the published
# package brings its own bundle.
$(CONVERSE)/.installed: tests/js/node_modules/.installed
	mkdir -p $(CONVERSE)
	cd $(CONVERSE) && npm pack --silent converse.js@$(CONVERSE_VERSION) >/dev/null
	cd $(CONVERSE) && sha256sum --check --quiet $(CURDIR)/tests/js/converse.sha256
	cd $(CONVERSE) && tar xzf converse.js-$(CONVERSE_VERSION).tgz --strip-components 1 && rm *.tgz
	touch $@

clean:
	cargo clean
	rm -rf $(VENV) tests/js/node_modules tests/artifacts web/node_modules web/dist peertube-plugin-parterre/node_modules peertube-plugin-parterre/dist
