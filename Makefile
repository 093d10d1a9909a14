# Two commands: `make run` starts everything, `make test` runs every test. `make help` lists the others.
# Needs Python 3.11 or newer, make and pip; PYTHON=… chooses the interpreter.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV = .venv
PY = $(VENV)/bin/python
PIP = $(PY) -m pip --disable-pip-version-check --no-input install -qq --require-hashes
CODE = accounts config health renewals playbooks tests manage.py

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-mutants run own test faults crawl mutants check format demo bench manage translations
.NOTPARALLEL:

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: setup ## start everything; PORT, LOCAL_DIR, DATABASE_URL, REDIS_URL change where
	@exec $(PY) -m config.run --with-parent

own: setup ## an installation of your own beside the demo, in .own at port 8001; CMD="…" runs one management command on it
	@export LOCAL_DIR="$${LOCAL_DIR:-.own}" PORT="$${PORT:-8001}"; exec $(PY) $(if $(CMD),manage.py $(CMD),-m config.run --own --with-parent)

test: setup-dev translations ## the whole suite; ARGS=… goes to pytest
	@exec $(PY) -m pytest -n $${WORKERS:-2} --dist loadfile --no-loadscope-reorder $(ARGS)

faults: setup-dev translations ## the long tests: a cycle killed in every step, a company whose truth is known, every property in all its examples
	@exec env EXAMPLES=all $(PY) -m pytest -n 0 -m "long or hypothesis" tests --ignore=tests/browser $(ARGS)

crawl: setup-dev translations ## every page and dialog again: 390 to 2560 px, both languages, light and dark, long names, dead keys, what a phone reaches
	@exec $(PY) -m pytest -n 0 -m long tests/browser $(ARGS)

mutants: setup-mutants translations ## change 60 edges and constants on purpose: are 54 noticed? ARGS="--seed 2 --count 20"
	@exec $(PY) -m tests.mutants $(ARGS)

check: setup-dev ## format, lint, types, imports, migrations, templates, deployment settings
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m ruff check $(CODE)
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache --no-logo
	$(PY) -W "ignore:Got an error checking a consistent migration history" manage.py makemigrations --check --dry-run
	find templates -name '*.html' -exec $(VENV)/bin/djade --check --target-version 5.2 {} +
	$(PY) -m djlint --quiet --lint templates
	! LC_ALL=C.UTF-8 grep -rnE --include='*.html' '^.{161,}' templates # one element a line
	EMAIL_URL=smtp://localhost $(PY) manage.py check --deploy --fail-level WARNING # with a relay, as a deployment names one

format: setup-dev ## rewrite code and templates in the house format
	$(PY) -m ruff check --fix-only $(CODE)
	$(PY) -m ruff format $(CODE)
	-find templates -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 {} +

demo: setup translations ## a fresh portfolio instead of the present one: CUSTOMERS=…, SEED=… or SOURCE=folder; REPLACE=1 also instead of real data
	@exec $(PY) -m config.run.demo $(if $(filter 1,$(REPLACE)),--replace) $(if $(CUSTOMERS),--customers "$(CUSTOMERS)") $(if $(SEED),--seed "$(SEED)") $(if $(SOURCE),--source "$(SOURCE)")

bench: setup-dev translations ## speed as ratios, on data of its own; ONLY=name measures one
	@exec $(PY) -m tests.bench $(if $(ONLY),--only "$(ONLY)")

manage: setup ## one management command: make manage CMD="figures --json"
	@exec $(PY) manage.py $(CMD)

translations: setup
	@$(PY) -m config.run.translations

# The virtual environment, brought up to date only when a lock file's content has changed.
setup: $(VENV)/bin/python ## the virtual environment with what the product needs
	@cmp -s requirements.lock $(VENV)/requirements.lock || { \
		echo "Installing libraries (the first time takes a minute) …"; \
		$(PIP) -r requirements.lock && cp requirements.lock $(VENV)/requirements.lock || { \
		echo "The libraries could not be installed: see the lines above, then run the same command again." >&2; exit 1; }; }

setup-dev: setup ## … and what tests and checks need
	@cmp -s requirements-dev.lock $(VENV)/requirements-dev.lock || { \
		echo "Installing libraries for tests and checks …"; \
		$(PIP) -r requirements-dev.lock && cp requirements-dev.lock $(VENV)/requirements-dev.lock || { \
		echo "The libraries could not be installed: see the lines above, then run the same command again." >&2; exit 1; }; }

setup-mutants: setup-dev ## … and the mutation tester
	@cmp -s requirements-mutants.lock $(VENV)/requirements-mutants.lock || { \
		$(PIP) -r requirements-mutants.lock && cp requirements-mutants.lock $(VENV)/requirements-mutants.lock; }

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found: install it, or name it with PYTHON=/path/to/python3." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed, $(PYTHON) is older or missing: name a newer one with PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made: install your system's venv package (Debian: apt install python3-venv)." >&2; exit 1; }
