# Commonweal: everything a person or CI runs, by name. `make help` lists it.
# `make run` needs a Rust toolchain and what `make build-deps` looks for; `make test` needs what `make deps` looks for.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

TARGET := $(or $(CARGO_TARGET_DIR),target)
STEP := $(MAKE) --no-print-directory

.PHONY: help build-deps deps build run test fmt fmt-check lint licences unit doc-test openapi openapi-check \
        openapi-lint clients bench pg-start pg-stop clean-tools

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build-deps: ## looks for what a build needs (C compiler, make, pkg-config, OpenSSL), installs it where it may
	@scripts/deps build

deps: ## looks for what the tests need as well (PostgreSQL 15+, Node, Python, Java), installs it where it may
	@scripts/deps test

build: build-deps ## builds the release binary, target/release/commonweal, which stands alone
	scripts/build-release

run: build ## builds and serves; the first start migrates, makes the administrator and loads the demo town
	@exec $(TARGET)/release/commonweal serve --first-start

test: ## everything CI runs, in order; stops at the first failure
	@$(STEP) deps
	@$(STEP) fmt-check
	@$(STEP) lint
	@$(STEP) licences
	@$(STEP) unit
	@$(STEP) doc-test
	@$(STEP) openapi-check
	@$(STEP) openapi-lint
	@$(STEP) clients

fmt: ## formats the Rust code
	cargo fmt --all

fmt-check: ## fails where the Rust code is not formatted
	cargo fmt --all --check

lint: ## clippy over every target of the workspace; a warning fails
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy -p commonweal --no-default-features --locked -- -D warnings

licences: ## fails on a crate whose licence is not in scripts/licences.toml
	@scripts/licences.py

unit: ## all tests of the workspace, on SQLite and on a throw-away PostgreSQL
	@scripts/nextest
	scripts/pg-cluster with cargo nextest run --workspace --locked --no-fail-fast

doc-test: ## the examples in the documentation
	cargo test --doc --workspace --locked

openapi: ## writes the three documents in openapi/
	cargo run --quiet --locked -p commonweal -- openapi --out openapi

openapi-check: ## fails where the committed documents are not what the code says
	@scripts/openapi-check

openapi-lint: ## a public linter and a public validator read the documents
	@scripts/openapi-lint

clients: ## generates clients in five languages; TypeScript and Python run the scenario against a real server
	@scripts/clients

bench: build ## measures on both engines, writes docs/BENCHMARKS.md
	scripts/pg-cluster with --durable scripts/static-openssl \
		cargo run --release --locked -p commonweal-bench

pg-start: ## starts a throw-away PostgreSQL, prints its DATABASE_URL
	@scripts/pg-cluster start

pg-stop: ## stops and removes it
	@scripts/pg-cluster stop

clean-tools: ## removes what the tooling installed below this folder
	rm -rf .tools openapi/tools/node_modules clients/*/node_modules clients/*/generated
