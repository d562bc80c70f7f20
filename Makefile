# Every target works on a machine that has only python3 (3.11 to 3.13), pip, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9
export PYTHONHASHSEED := 0
# Threads that spin while they wait make a shared machine many times slower than an idle one.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: demo test check bench docs lock clean

demo: $(READY)  ## simulate, curate, pretrain, evaluate and interpret; writes runs/demo/
	$(BIN)/echovlm demo --out runs/demo

test: $(READY)  ## all tests, on every core
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto

check: $(READY)  ## format, lint, types, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto -m "not slow"

bench: $(READY)  ## speed, as ratios within one run
	$(BIN)/python -m benchmarks

docs: $(READY)  ## render what is generated: the tables of ARCHITECTURE.md and README.md, the pages of guidelines and ablation
	$(BIN)/python tests/test_architecture.py
	$(BIN)/python tests/test_readme.py
	$(BIN)/python tests/test_guideline_pages.py
	$(BIN)/python tests/test_benchmark_page.py
	$(BIN)/python tests/test_ablation_page.py

lock: $(READY)  ## solve the dependencies anew
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements.lock

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $(READY)

clean:  ## remove the environment and every run
	rm -rf $(VENV) runs
