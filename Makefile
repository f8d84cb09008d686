# Needs Python >= 3.11 and make, nothing else. `make install`, then `make run`, `make replay`, `make test`, `make lint`,
# `make bench`.

.SILENT:
.DELETE_ON_ERROR:
.PHONY: install run replay check-recording test lint bench lock clean check-python

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Another interpreter: make install PYTHON=path/to/python3
PYTHON ?=
RUN_FLAGS ?=
# Files, and not tests, are dealt out: what a file sets up is set up once. Three at a time on two cores: many wait.
TEST_FLAGS ?= --numprocesses 3 --dist loadfile
RECORDING ?= ../shared/recordings/nhl-20260607

# What `make lock` runs; newer versions of everything: make lock LOCK_FLAGS=--upgrade
UV_VERSION ?= 0.13.8
LOCK_FLAGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Shell: sets $$python to the first interpreter that runs and is at least 3.11, or stops with a message.
define FIND_PYTHON
python=; \
for candidate in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python3.12 python3.13 python3.14 python); do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		python=$$candidate; break; \
	fi; \
done; \
if [ -z "$$python" ]; then \
	echo "error: no Python >= 3.11 found (tried $(if $(PYTHON),$(PYTHON),python3.11 python3 python3.12 python3.13 python3.14 python))." >&2; \
	echo "       Install one, or name it: make install PYTHON=path/to/python3" >&2; \
	exit 1; \
fi
endef

install: $(STAMP)

# An environment that works is brought up to date; one that does not is made afresh.
$(STAMP): requirements.lock pyproject.toml
	rm -f $(STAMP)
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		$(FIND_PYTHON); \
		echo "making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear $(VENV) || { \
			echo "error: '$$python -m venv' failed: does this Python come with venv and ensurepip?" >&2; \
			echo "       (on Debian and Ubuntu they are the package python3-venv)" >&2; \
			exit 1; \
		}; \
	fi
	echo "installing requirements.lock into $(VENV)"
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock || { \
		echo "error: the pinned requirements could not be installed (see above)" >&2; exit 1; }
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e . || { \
		echo "error: the project itself could not be installed (see above)" >&2; exit 1; }
	touch $(STAMP)

check-recording:
	if [ ! -f "$(RECORDING)/manifest.json" ]; then \
		echo "error: no recording to replay: '$(RECORDING)/manifest.json' is missing." >&2; \
		echo "       Name the folder of another one: make replay RECORDING=path" >&2; \
		exit 1; \
	fi

# Until Ctrl-C. Options: make run RUN_FLAGS="--seed 7 --duration 60"
run: install
	$(BIN)/python -m polyactors run --venue exchange $(RUN_FLAGS)

replay: check-recording install
	$(BIN)/python -m polyactors replay "$(RECORDING)"

test: install
	$(BIN)/python -m pytest $(TEST_FLAGS)

lint: install
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

bench: install
	$(BIN)/python -m polyactors bench all

# One lock for every platform and Python >= 3.11. It names versions and hashes only: no address, option or path.
lock:
	set -e; $(FIND_PYTHON); \
	tool=$$(mktemp -d); trap 'rm -rf "$$tool"' EXIT; \
	"$$python" -m venv "$$tool/venv"; \
	"$$tool/venv/bin/python" -m pip install -qq "uv==$(UV_VERSION)"; \
	cp requirements.lock "$$tool/requirements.lock" 2>/dev/null || true; \
	"$$tool/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --python "$$tool/venv/bin/python" \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--extra dev $(LOCK_FLAGS) pyproject.toml --output-file "$$tool/requirements.lock" >/dev/null; \
	if grep -nE '://|^ *-[^-]|^--|[ @]/' "$$tool/requirements.lock" >&2; then \
		echo "error: the new lock has an address, an option or a path in it (above); requirements.lock is unchanged" >&2; \
		exit 1; \
	fi; \
	cp "$$tool/requirements.lock" requirements.lock; \
	echo "requirements.lock: $$(grep -c '==' requirements.lock) packages"

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
		.coverage htmlcov
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
