# omnigap: two commands are enough, on a machine with only Python (3.11+) and make.
#   make demo    the app on the sample data (without a terminal: the glance page)
#   make test    everything that CI runs
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
RUN    := $(VENV)/.run-ready
DEV    := $(VENV)/.dev-ready

ifdef UV
  MAKE_VENV := $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
  INSTALL   := $(UV) pip install --quiet --python $(BIN)/python
  INSTALL_INTO = $(UV) pip install --quiet --python $(1)/bin/python
else
  MAKE_VENV := $(PYTHON) -m venv $(VENV)
  INSTALL   := $(BIN)/python -m pip install --quiet --disable-pip-version-check
  INSTALL_INTO = $(BIN)/python -m pip --python $(1)/bin/python install --quiet --disable-pip-version-check
endif

.PHONY: demo test check unit bench bench-reading bench-scale bench-day fuzz torture portable duckdb-1.5 lanes tpcds docs catalogues clean help

help: ## what can be made
	@grep -hE '^[a-z0-9.-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(RUN) ## open the app on the sample data
	@$(BIN)/omnigap demo

test: check unit lanes ## everything that CI runs

check: $(DEV) ## style, types, layers
	$(BIN)/ruff check kpi_core tui tests sample_data
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: $(DEV) ## the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

bench: $(DEV) ## how long pages take, in milliseconds
	$(BIN)/python tests/bench/pages.py

# Another engine, or another version of the engine: in an environment of its own over that of the tests, which goes again.
DATAFUSION := datafusion==55.0.0
DUCKDB_1_5 := duckdb==1.5.6
BESIDE = tool="$$(mktemp -d)" && trap 'rm -rf "$$tool"' EXIT && $(PYTHON) -m venv "$$tool" \
	  && "$$tool/bin/python" -m pip install --quiet --disable-pip-version-check $(1) \
	  && $(BIN)/python -c "$(PACKAGES)" > "$$("$$tool/bin/python" -c "$(PACKAGES)")/tests.pth" \
	  && "$$tool/bin/python" -m pytest -q -p no:cacheprovider
PACKAGES := import sysconfig; print(sysconfig.get_path('purelib'))

portable: $(DEV) ## every KPI on DataFusion too (300 MB, removed afterwards)
	@$(call BESIDE,$(DATAFUSION)) tests/engine/test_datafusion.py

duckdb-1.5: $(DEV) ## engine, store and acceptance tests on DuckDB 1.5.6 (some minutes)
	@$(call BESIDE,$(DUCKDB_1_5)) -n 2 --dist loadfile -m "not slow and not realdata" tests/engine tests/store tests/acceptance

# Both lines of DuckDB read and continue each other's stores. The other one comes from the package index: where that cannot be reached, it is said.
lanes: $(DEV) ## stores written under DuckDB 1.5.6 and 2.x open under both (a minute)
	@tool="$$(mktemp -d)" && trap 'rm -rf "$$tool"' EXIT && $(BIN)/python -m venv --without-pip "$$tool" \
	  && if ! $(call INSTALL_INTO,$$tool) "$(DUCKDB_1_5)" 2>"$$tool/why"; then echo "lanes: skipped, $(DUCKDB_1_5) cannot be had: $$(tail -n 1 "$$tool/why")"; exit 0; fi \
	  && $(BIN)/python -c "$(PACKAGES)" > "$$("$$tool/bin/python" -c "$(PACKAGES)")/tests.pth" \
	  && OMNIGAP_OTHER_DUCKDB="$$tool/bin/python" $(BIN)/python -m pytest -q -p no:cacheprovider tests/store/test_store_lanes.py

FILES ?= 10000

fuzz: $(DEV) ## 10,000 damaged files, 3,000 foreign ones and every dress of every layout (20 minutes; make fuzz FILES=50000)
	OMNIGAP_FUZZ=$(FILES) OMNIGAP_FOREIGN=3000 OMNIGAP_METAMORPHIC=all $(BIN)/python -m pytest -n 2 -q -p no:cacheprovider \
	  tests/sources/test_fuzz.py tests/sources/test_foreign.py tests/sources/test_metamorphic.py

torture: $(DEV) ## 500 killed loads under three readers, twenty readers, soak, 100,000 hostile inputs a border (an hour)
	OMNIGAP_TORTURE=1 $(BIN)/python -m pytest -q -s -p no:cacheprovider tests/torture

ROWS ?= 1000000

bench-reading: $(DEV) ## how fast exports are read, against DuckDB alone (make bench-reading ROWS=1000000)
	$(BIN)/python tests/bench/reading.py $(ROWS)

LINES ?= 1000000

bench-scale: $(DEV) ## the same on a shop of so many order lines, made for it (make bench-scale LINES=10000000)
	$(BIN)/python tests/bench/scale.py $(LINES)

bench-day: $(DEV) ## what loading one more day of 50,000 lines costs (make bench-day LINES=10000000)
	$(BIN)/python tests/bench/days.py $(LINES)

# The data (400 MB) stay outside the repository, and the tool that makes them goes again: nothing here needs it otherwise.
TPCDS      ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/omnigap/tpcds-scale-1
TPCDS_TOOL := tpcgen-cli==4.0.0

tpcds: $(DEV) $(TPCDS)/.made ## ten questions about three sales channels, on 7 million lines (slow; makes the data once)
	OMNIGAP_TPCDS="$(TPCDS)" $(BIN)/python -m pytest tests/oracle/tpcds -q --durations=12

$(TPCDS)/.made:
	@mkdir -p "$(TPCDS)"
	@tool="$$(mktemp -d)" && trap 'rm -rf "$$tool"' EXIT && $(PYTHON) -m venv "$$tool" \
	  && "$$tool/bin/python" -m pip install --quiet --disable-pip-version-check $(TPCDS_TOOL) \
	  && "$$tool/bin/tpcgen-cli" tpcds parquet -s 1 --output-dir="$(TPCDS)"
	@touch "$@"

docs: $(RUN) ## write the pages that come from the code
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/reference.py

catalogues: $(RUN) ## compile the French catalogue after a change of its parts
	$(BIN)/python -m kpi_core.i18n build

clean: ## remove what was built
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .omnigap

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "omnigap needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(MAKE_VENV)

$(RUN): $(VENV)/pyvenv.cfg requirements.txt pyproject.toml
	$(INSTALL) -r requirements.txt
	$(INSTALL) --no-deps -e .
	@touch $@

$(DEV): $(RUN) requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	@touch $@
