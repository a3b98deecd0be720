# Everything is run from .venv, which `make setup` builds; every target that needs it builds it first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
FESTIVAL_ARGS ?=
ONSET_ARGS ?=
BENCH_ARGS ?=
LADDER_ARGS ?=
PYTEST_ARGS ?=
LOCK_ARGS ?=
CHAT_ARGS ?=
FLOWER_SHOP_ARGS ?=
PICTURE_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.springtide-ready
FESTIVAL := $(BIN)/locust -f locustfiles/festival.py --headless
GATE_FAILED := 99
BROWSER := chromium fonts-noto-cjk
PYTHONS := 3.11 3.12 3.13
FLOWER_SHOP := $(VENV)/flower-shop
UCP_SDKS := 0.1.0 0.3.0 0.4.6
UCP_SDK_LOCKS := $(UCP_SDKS:%=tests/contracts/ucp_sdk/%.lock)
LLAMA := $(VENV)/llama-cpp
LLAMA_READY := $(LLAMA)/.springtide-ready

.PHONY: help setup festival incident onset-truth onset-live calibrate-onset bench-live-onset words freeze bench doors bench-ladder bench-stub bench-reports calibrate capacity page-picture bench-chat chat-server flower-shop test test-workers test-pythons lint lock clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## Build .venv from requirements.lock; needs only Python 3.11 or later (PYTHON=python3.12 names another).
	@echo "make setup: .venv is ready"

festival: $(READY) ## Run a festival's first day in minutes against a shop of its own; FESTIVAL_ARGS="--seed 7" adds options.
	$(FESTIVAL) $(FESTIVAL_ARGS)

incident: $(READY) ## Run the same day against a shop without admission control; succeeds when the gate fails it.
	@code=0; $(FESTIVAL) --incident $(FESTIVAL_ARGS) || code=$$?; \
	if [ $$code -eq $(GATE_FAILED) ]; then \
	  echo "make incident: the gate failed the run with exit code $(GATE_FAILED), as it should"; \
	else \
	  echo "make incident: expected exit code $(GATE_FAILED) (an objective missed), got $$code" >&2; exit 1; \
	fi

onset-truth: $(READY) ## Hold reported onsets against the stub's own account: five festivals with five seeds, one below capacity.
	$(BIN)/python benchmarks/onset_truth.py $(ONSET_ARGS)

calibrate-onset: $(READY) ## Put simulated runs before the detector of onsets, a minute; writes the README's table and onset.json.
	@$(BIN)/python -m benchmarks.onset_calibration $(ONSET_ARGS)

onset-live: $(READY) ## Hold 34 live runs, technique x voice x load, against the stub's truth log, in 25 minutes; goes on where it was ended.
	@$(BIN)/python -m benchmarks.onset_live $(ONSET_ARGS)

bench-live-onset: $(READY) ## Measure what watching a run for an onset costs the generator at 10,000 outcomes/s; a few seconds.
	@$(BIN)/python -m benchmarks.onset_calibration.live_cost

words: $(READY) ## Print how well refusals are told from other answers, on texts written apart from the lexicon.
	$(BIN)/pytest -q -s tests/laws/test_refusals_found.py

freeze: $(READY) ## Freeze the stub for 6 s in a run of 60 and hold p95 and p99 against 3.0 and 5.4 s.
	$(BIN)/python benchmarks/freeze.py

bench: $(READY) ## Measure the generator beside its peers, half an hour; BENCH_ARGS="--rounds 3 --memory-minutes 2" takes less.
	@$(BIN)/python -m benchmarks.generator $(BENCH_ARGS)

bench-ladder: $(READY) ## Measure where the CPU time of one request goes, from system calls to a purchase, in four minutes.
	@$(BIN)/python -m benchmarks.generator.ladder $(LADDER_ARGS)

bench-stub: $(READY) ## Measure the stub on one core with its ledger on, and kill it 20 times; BENCH_ARGS="--only kill9" takes a part.
	@$(BIN)/python -m benchmarks.stub $(BENCH_ARGS)

bench-reports: $(READY) ## Judge and render nine hours with ten million orders: time, memory, page; BENCH_ARGS="--run FOLDER" keeps the run.
	@$(BIN)/python -m benchmarks.reports $(BENCH_ARGS)

calibrate: $(READY) ## Count how often the gate is wrong at the limit of an objective: 1,000 runs for each of three autocorrelations.
	@$(BIN)/python -m benchmarks.calibration $(BENCH_ARGS)

capacity: $(READY) ## Predict four replicas of the stub from one and two and measure them, ten minutes; writes the README's table.
	@$(BIN)/python -m benchmarks.capacity

doors: $(READY) ## Compare nine techniques of admission at the same surge, in virtual time; half a minute, writes the README's table.
	@$(BIN)/python -m benchmarks.doors

chat-server: $(LLAMA_READY) ## Serve a small real model with llama.cpp on loopback; CHAT_ARGS="--port 8501 --slots 2" adds options.
	@$(LLAMA)/bin/python benchmarks/chat_server/serve.py $(CHAT_ARGS)

bench-chat: $(READY) $(LLAMA_READY) ## Hold times to the first token and between tokens against llama.cpp's own, in four minutes.
	@$(BIN)/python -m benchmarks.chat_server $(BENCH_ARGS)

flower-shop: $(READY) $(FLOWER_SHOP)/.ready ## Buy at the real UCP Flower Shop of its package and audit the orders from the shop's own data; two minutes.
	@$(BIN)/python -m benchmarks.flower_shop $(FLOWER_SHOP_ARGS)

page-picture: $(READY) ## Photograph the page of a festival run for the README with Chromium; PICTURE_ARGS=RUN takes a recorded one.
	@$(BIN)/python -m benchmarks.page_picture $(PICTURE_ARGS)

# The page is tried in Debian's Chromium. Where apt may not install it, the tests run without, and that one says what it lacks.
#
# Runs under load mostly wait, so they go on beside the other tests; what they print comes after.
test: lint ## Run lint, then every test; PYTEST_ARGS=-x adds options, and .venv/bin/pytest takes a part.
	@command -v chromium >/dev/null || { [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null \
	  && echo "make test: installing $(BROWSER), for the test of the report's page" \
	  && { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(BROWSER); } >/dev/null 2>&1; } \
	  || echo "make test: no Chromium here, so the test of the report's page is left out; on Debian: apt-get install $(BROWSER)"
	@beside=$$(mktemp); code=0; \
	$(BIN)/pytest -p no:cacheprovider -m "load and not workers" $(PYTEST_ARGS) >"$$beside" 2>&1 & other=$$!; \
	$(BIN)/pytest -m "not load and not workers" $(PYTEST_ARGS) || code=$$?; \
	wait $$other || code=$$?; cat "$$beside"; rm -f "$$beside"; exit $$code

test-workers: $(READY) ## Run the matrix of master and workers: 1, 2 and 4 workers, every ending, both ways of starting them.
	$(BIN)/pytest -m workers $(PYTEST_ARGS)

# A pyenv shim stands on PATH for versions that are not switched on: only a Python that runs is one.
test-pythons: ## Run the tests on each of Python 3.11, 3.12 and 3.13 that is here, each in a .venv-3.x of its own.
	@passed= failed= missing=; \
	for version in $(PYTHONS); do \
	  found=; \
	  for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
	    if "$$python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" 2>/dev/null; then \
	      found=$$python; break; \
	    fi; \
	  done; \
	  if [ -z "$$found" ]; then missing="$$missing $$version"; continue; fi; \
	  echo "make test-pythons: Python $$version is $$found"; \
	  if $(MAKE) --no-print-directory VENV=.venv-$$version PYTHON="$$found" setup \
	    && .venv-$$version/bin/pytest $(PYTEST_ARGS); \
	  then passed="$$passed $$version"; else failed="$$failed $$version"; fi; \
	done; \
	echo "make test-pythons: passed:$${passed:- none}; failed:$${failed:- none}; not here:$${missing:- none}"; \
	[ -n "$$passed" ] && [ -z "$$failed" ]

lint: $(READY) ## Check style, format, types and who imports whom.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# --no-config and the cleared variables keep this machine's mirrors out of the lock: its hashes are the public index's.
lock: | $(BIN)/pip ## Write requirements.lock again from pyproject.toml; LOCK_ARGS=--upgrade takes newer releases.
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet uv
	env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	  $(BIN)/uv pip compile pyproject.toml --group dev --no-config --quiet \
	  --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	  --no-annotate --custom-compile-command "make lock" --output-file requirements.lock $(LOCK_ARGS)

clean: ## Remove every .venv and cache; recorded runs stay.
	rm -rf $(VENV) $(PYTHONS:%=.venv-%) dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp carries the time at which the installation began, so that a lock edited meanwhile is seen, and it gets its
# name last, so that an installation that was interrupted is not taken for a whole one.
#
# The contract tests hold UCP against its official models, one release a protocol version. Two releases of one package
# share no environment, so each has a folder of its own, outside the path that Python searches.
$(READY): requirements.lock pyproject.toml $(UCP_SDK_LOCKS) | $(BIN)/pip
	@echo "make setup: installing what requirements.lock pins; the first time takes a minute or two"
	@touch $@.started
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -rf $(VENV)/ucp-sdk
	@for release in $(UCP_SDKS); do \
	  $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --no-deps --no-compile \
	    --target $(VENV)/ucp-sdk/$$release -r tests/contracts/ucp_sdk/$$release.lock || exit 1; \
	done
	@mv $@.started $@

# A model and its server, 200 MB, are nothing that a load test needs: they get an environment of their own when they are asked for.
$(LLAMA_READY): benchmarks/chat_server/requirements.lock | $(BIN)/pip
	@echo "make: installing llama.cpp and a small model into $(LLAMA)"
	@rm -rf $(LLAMA)
	@$(PYTHON) -m venv --without-pip $(LLAMA)
	@$(BIN)/python -m pip --python $(LLAMA)/bin/python install --quiet --quiet --disable-pip-version-check \
	  --require-hashes --no-deps -r benchmarks/chat_server/requirements.lock
	@touch $@

# A folder of its own outside the path that Python searches: the shop runs by its own pins, not by ours.
$(FLOWER_SHOP)/.ready: benchmarks/flower_shop/packages.lock | $(READY)
	@echo "make: installing the UCP Flower Shop into $(FLOWER_SHOP)"
	@rm -rf $(FLOWER_SHOP)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --target $(FLOWER_SHOP) -r benchmarks/flower_shop/packages.lock
	@touch $@

# Debian splits ensurepip off Python: there the system's pip, where it is, puts a pip into the environment.
$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "make setup: no $(PYTHON) here; install Python 3.11 or later, or name one: make setup PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make setup: $(PYTHON) is $$($(PYTHON) -V 2>&1), 3.11 or later is needed; name one: make setup PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
	  || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; } >/dev/null 2>&1 \
	  || { rm -rf $(VENV); \
	    echo "make setup: $(PYTHON) can neither make a virtual environment with pip nor lend its own pip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
