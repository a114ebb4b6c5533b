# The one door: `make help` lists what there is.

WASM_TARGET := wasm32-wasip1
MODULE := target/$(WASM_TARGET)/wasm/eks_aiml_networking.wasm
# Level 2 with little inlining takes a fifth off the module that level 3 gives, for a tenth more fuel.
INLINING := -C llvm-args=--inline-threshold=45
# The linker leaves five bytes for each call and address, whatever they need: packed, the module is 45 KB smaller. Of the
# megabyte that it gives the stack, less than 64 KiB are used; what stands behind a smaller one has shorter addresses.
# Behind the statics are 64 KiB from the start, so that most calls need not let memory grow.
LINKING := -C link-arg=--compress-relocations -C link-arg=-zstack-size=262144 -C link-arg=--initial-heap=65536
# Sixteen bytes of a text at one look: every engine since 2021 has it.
SIMD := -C target-feature=+simd128
# Panics name the crates' files: without the folder where cargo keeps them, the module is the same on
# every machine, and tells nothing of the one that built it.
UNPLACED = RUSTFLAGS="$(SIMD) $$(printf -- '--remap-path-prefix=%s= ' "$${CARGO_HOME:-$$HOME/.cargo}"/registry/src/*/)"
SOURCES := $(shell find src -name '*.rs') Makefile Cargo.toml Cargo.lock rust-toolchain.toml
# The recipes and the README name files in it, wherever else cargo would put them.
export CARGO_TARGET_DIR := $(CURDIR)/target

# All of them: one by one their dependencies would have other features, and Wasmtime be built again.
PROGRAMS := cargo build --locked --workspace --all-targets

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

# Bare: policy-server takes a module only with its metadata, in a section that `kwctl annotate` adds. The build
# must not add it: of two such sections the first counts, and it would hide the one of kwctl.
policy.wasm: $(SOURCES) ## build the module that kwctl runs
	@rustup target list --installed | grep -qx $(WASM_TARGET) || rustup target add $(WASM_TARGET)
	@cargo fetch --locked --quiet --target $(WASM_TARGET)
	$(UNPLACED) cargo rustc --locked --lib --crate-type cdylib --target $(WASM_TARGET) --profile wasm -- $(INLINING) $(LINKING)
	cp $(MODULE) $@

annotated-policy.wasm: policy.wasm metadata.yml README.md ## build the module with its metadata, for policy-server (needs kwctl)
	kwctl annotate -m metadata.yml -u README.md -o $@ policy.wasm

policy-sbom.cdx.json: Cargo.toml Cargo.lock ## list the dependencies of the module (needs cargo-cyclonedx)
	cargo cyclonedx --quiet --format json --spec-version 1.5 --target $(WASM_TARGET) --override-filename policy-sbom.cdx
	@rm */$@ */*/$@ # it writes one for each package

.PHONY: reproducible
reproducible: policy.wasm ## build the module again in another folder: it must be the same
	@.ci/reproducible

# The release's version is the workspace's.
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
PUSHED = registry://$(REGISTRY)/eks-aiml-networking:v$(VERSION)

.PHONY: push
push: ## push the annotated module: REGISTRY=registry.example/OWNER (needs kwctl and docker login)
	@test -n "$(REGISTRY)" || { echo "push: name the registry: make push REGISTRY=registry.example/OWNER" >&2; exit 1; }
	@command -v kwctl >/dev/null || { echo "push: kwctl is not installed; see https://docs.kubewarden.io" >&2; exit 1; }
	@$(MAKE) --no-print-directory annotated-policy.wasm
	kwctl push $(PUSH_OPTIONS) annotated-policy.wasm $(PUSHED)

# The command line alone, which is built in a third of the time that its tests take.
.PHONY: run
run: policy.wasm ## build the module and the command line, and check three real objects
	@cargo build --locked --quiet -p admit
	@sh examples/run.sh

.PHONY: test
test: policy.wasm ## run all tests: rules, laws, and the corpus natively and in the engine
	cargo test --locked --workspace

# The target that is fuzzed, and for how long; what it finds is in fuzz/artifacts.
TARGET ?= review
SECONDS ?= 60
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
FOUND = fuzz/target/corpus/$(TARGET)
SEEDS = fuzz/target/seeds

.PHONY: fuzz
fuzz: ## look for inputs that break a property: TARGET=review SECONDS=60 (needs cargo-fuzz, a C++ compiler)
	@test -n "$(filter $(TARGET),$(FUZZ_TARGETS))" || { echo "fuzz: no target is $(TARGET); there are: $(FUZZ_TARGETS)" >&2; exit 1; }
	@command -v cargo-fuzz >/dev/null || { echo "fuzz: cargo-fuzz is not installed: cargo install cargo-fuzz --locked" >&2; exit 1; }
	@$(PROGRAMS)
	target/debug/examples/seeds $(SEEDS)
	@mkdir -p $(FOUND)
	cargo fuzz run --sanitizer none --target-dir $(CURDIR)/fuzz/target $(TARGET) $(FOUND) $(SEEDS)/$(TARGET) fuzz/corpus/$(TARGET) -- \
		-dict=$(SEEDS)/$(TARGET).dict -max_len=16384 -max_total_time=$(SECONDS) -timeout=20 -print_final_stats=1

.PHONY: e2e-tests
e2e-tests: annotated-policy.wasm ## run the corpus through kwctl (needs kwctl and bats)
	@command -v kwctl >/dev/null || { echo "e2e-tests: kwctl is not installed; see https://docs.kubewarden.io" >&2; exit 1; }
	@command -v bats >/dev/null || { echo "e2e-tests: bats is not installed (package bats)" >&2; exit 1; }
	@$(PROGRAMS)
	target/debug/examples/requests
	bats e2e/run.bats

# CLUSTER_OPTIONS are those of `go test`: "-v" tells each command and its answer, "-run=TestLoad" is one check, "-record"
# writes the table of the README anew.
.PHONY: cluster-tests
cluster-tests: ## test the policy with a real API server (needs Go, kwctl and policy-server; the first run takes 20 minutes)
	@e2e/cluster/run.sh $(CLUSTER_OPTIONS)

# Scenarios need little of what is built else, and no Wasmtime.
.PHONY: karpenter
karpenter: ## run Karpenter's own code on generated pods and clusters, and compare with the recording (needs Go 1.26)
	@command -v go >/dev/null || { echo "karpenter: Go is not installed; see https://go.dev/doc/install" >&2; exit 1; }
	@cargo run --locked --quiet -p testkit --example scenarios target/karpenter
	@e2e/karpenter/run target/karpenter

# What is timed: the project's own objects, unless FOLDER names others; these write nothing into the page.
ROUNDS ?= 5
OBJECTS := target/peers/manifests
SCHEMA_OPTIONS = $(if $(SCHEMAS),--schemas '$(SCHEMAS)')

.PHONY: peers
peers: ## compare admit with kube-linter, kubeconform, kyverno and gator: FOLDER=manifests ROUNDS=5 (needs Python; uses the tools on the PATH)
	@command -v python3 >/dev/null || { echo "peers: Python 3 is not installed" >&2; exit 1; }
	cargo build --locked --release -p admit
ifdef FOLDER
	@e2e/peers/run $(FOLDER) --rounds $(ROUNDS) $(SCHEMA_OPTIONS)
else
	@e2e/peers/manifests.py $(OBJECTS)
	@e2e/peers/run $(OBJECTS) --rounds $(ROUNDS) $(SCHEMA_OPTIONS) --into docs/peers.md
	@e2e/peers/findings docs/peers.md $(SCHEMA_OPTIONS)
endif

.PHONY: lint
lint: ## check format, clippy, documentation, licences, scripts, spelling
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p admit --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
	@if command -v cargo-deny >/dev/null; then cargo deny --workspace check licenses bans sources; \
	else echo "lint: cargo-deny is not installed, licences and sources are not checked"; fi
	@if command -v shellcheck >/dev/null; then shellcheck .ci/* examples/*.sh e2e/*.bats e2e/*/*.sh e2e/karpenter/run; \
	else echo "lint: shellcheck is not installed, scripts are not checked"; fi
	@if command -v typos >/dev/null; then typos; \
	else echo "lint: typos is not installed, spelling and words are not checked"; fi
	@if command -v gofmt >/dev/null; then test -z "$$(gofmt -l e2e)" || { gofmt -d e2e >&2; exit 1; }; \
	else echo "lint: Go is not installed, the form of e2e's programs is not checked"; fi

PLAYGROUND_TARGET := wasm32-unknown-unknown
PLAYGROUND_MODULE := target/$(PLAYGROUND_TARGET)/wasm/playground.wasm
# The tool has the version of the crate.
BINDGEN_VERSION := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
BINDGEN := target/wasm-bindgen-$(BINDGEN_VERSION)/bin/wasm-bindgen

# Without --locked: a mirror of crates.io may lack what its lock file names.
$(BINDGEN):
	cargo install wasm-bindgen-cli --version $(BINDGEN_VERSION) --debug --root target/wasm-bindgen-$(BINDGEN_VERSION) --target-dir target/wasm-bindgen-build
	rm -rf target/wasm-bindgen-build

playground/node_modules: playground/package-lock.json
	cd playground && npm ci
	@touch $@

.PHONY: playground
playground: $(BINDGEN) playground/node_modules ## build the page that runs the policy in a browser: playground/dist
	@rustup target list --installed | grep -qx $(PLAYGROUND_TARGET) || rustup target add $(PLAYGROUND_TARGET)
	RUSTFLAGS="$(SIMD)" CARGO_PROFILE_WASM_STRIP=none cargo rustc --locked -p playground --lib --crate-type cdylib --target $(PLAYGROUND_TARGET) --profile wasm -- $(INLINING)
	$(BINDGEN) --target web --remove-name-section --remove-producers-section --out-dir playground/pkg $(PLAYGROUND_MODULE)
	cd playground && npm run check && npm run build

.PHONY: playground-test
playground-test: playground ## test the page in headless Chromium (needs Debian's package chromium)
	@$(PROGRAMS)
	target/debug/examples/corpus > target/corpus.json
	cd playground && npm test

.PHONY: playground-picture
playground-picture: playground ## the README's picture of the page (needs Debian's package chromium)
	cd playground && node build/picture.mjs

GUESTS := target/guests/accepts.wasm target/guests/typed.wasm

# Built as the module is, and anew with whatever changes their figures. With the module comes the
# target that they are built for.
$(GUESTS): target/guests/%.wasm: bench/guests/examples/%.rs bench/guests/Cargo.toml Makefile Cargo.toml Cargo.lock rust-toolchain.toml | policy.wasm
	$(UNPLACED) cargo rustc --locked -p bench-guests --example $* --target $(WASM_TARGET) --profile wasm -- $(INLINING) $(LINKING)
	@mkdir -p $(@D)
	cp target/$(WASM_TARGET)/wasm/examples/$*.wasm $@

target/guests/annotated-%.wasm: target/guests/%.wasm bench/guests/metadata.yml
	kwctl annotate -m bench/guests/metadata.yml -o $@ $<

.PHONY: annotated-guests
annotated-guests: $(GUESTS:target/guests/%=target/guests/annotated-%) ## the guests as policy-server takes them (needs kwctl)

.PHONY: bench
bench: policy.wasm $(GUESTS) ## what a call costs: fuel, bytes; against two guests without a rule
	@$(PROGRAMS)
	target/debug/bench $(BENCH_OPTIONS)

.PHONY: load
load: ## the policy in a real policy-server, compared with two guests: LOAD_OPTIONS="--each" (needs policy-server, kwctl, wrk, Python)
	@for tool in policy-server kwctl wrk python3; do \
	command -v $$tool >/dev/null || { echo "load: $$tool is not on the PATH; see e2e/load/README.md" >&2; exit 1; }; done
	@$(MAKE) --no-print-directory annotated-policy.wasm annotated-guests
	@cargo run --locked --quiet -p testkit --example requests
	@e2e/load/run $(LOAD_OPTIONS)

.PHONY: profile
profile: policy.wasm ## where the fuel of a call goes: ROW="a plain web pod" names a row of bench/costs.txt
	RUSTFLAGS="$(SIMD)" CARGO_PROFILE_WASM_STRIP=debuginfo cargo rustc --locked --lib --crate-type cdylib --target $(WASM_TARGET) --target-dir target/profile --profile wasm -- $(INLINING) $(LINKING)
	@$(PROGRAMS)
	target/debug/bench profile target/profile/$(WASM_TARGET)/wasm/eks_aiml_networking.wasm "$(ROW)"

CALLS ?= 1000000
.PHONY: soak
soak: policy.wasm ## a million calls in the engine: all answers as at first, memory flat (CALLS=1000000)
	@$(PROGRAMS)
	target/debug/bench soak $(CALLS)

# A target folder of its own: what cargo builds of a mutant must never pass for the policy.
.PHONY: mutants
mutants: ## change the rules, the solver, capacity and patches: a test must fail (needs cargo-mutants; takes hours)
	@command -v cargo-mutants >/dev/null || { echo "mutants: cargo-mutants is not installed: cargo install --locked cargo-mutants" >&2; exit 1; }
	CARGO_TARGET_DIR=$(CURDIR)/target/mutants cargo mutants $(MUTANTS_OPTIONS)

.PHONY: gen
gen: ## regenerate the table of instance types, generated files, and generated parts of documents
	@$(PROGRAMS)
	target/debug/tablegen
	@$(MAKE) --silent --no-print-directory policy.wasm
	@$(PROGRAMS)
	target/debug/docgen

.PHONY: gen-check
gen-check: policy.wasm ## fail if a generated file or document is out of date
	@$(PROGRAMS)
	target/debug/tablegen --check
	target/debug/docgen --check
