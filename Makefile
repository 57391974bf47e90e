# Python 3.11 or newer and make are all that is needed: .venv is made and filled from lock files with hashes.
PYTHON ?= python3
BIN := .venv/bin
SHARED ?= ../shared

# What is told of every platform, told again with each deed and each message on its way through Teams.
STORIES := $(wildcard tests/test_*_stories.py) $(addprefix tests/test_,overlay_flow.py daily_help.py training.py \
	curated_flow.py questions.py digest.py incident_commands.py official.py management.py versions.py bot.py auditor.py)

.PHONY: run test e2e bench lint locks calibrate audit fuzz manifest teams-package e2e-teams-playground stories-postgres clean

run: .venv/run
	$(BIN)/someopas try $(if $(PORT),--port $(PORT))

test: .venv/dev lint
	$(BIN)/python -m pytest -n auto --dist worksteal

# The stand-in for Slack listens on every interface and checks no token: it gets a network of its own.
e2e: .venv/dev tests/slack/node_modules tests/teams/node_modules
	$(BIN)/python -m pytest -m e2e
	$(BIN)/python -m pytest -m slow -n auto --dist worksteal
	$(BIN)/python -m pytest --through teams -m 'not e2e and not slack and not slow and not bytewise' -n auto --dist worksteal $(STORIES)
	$(BIN)/python -m pytest -m postgres
	unshare $(if $(filter 0,$(shell id -u)),-n,-rn) sh -c 'ip link set lo up && exec $(BIN)/python -m pytest -m slack'

# The stories on PostgreSQL: as those through Teams, for who changes that store.
stories-postgres: .venv/dev
	$(BIN)/python -m pytest --through postgres -m 'not e2e and not slack and not slow and not postgres and not bytewise' -n auto --dist worksteal $(STORIES)

# Optional: Microsoft's own test client, whose licence is for evaluation. It listens everywhere: in a network of its own.
e2e-teams-playground: .venv/dev tests/teams/playground/node_modules
	unshare $(if $(filter 0,$(shell id -u)),-n,-rn) sh -c 'ip link set lo up && exec $(BIN)/python -m pytest -m playground'

bench: .venv/bench
	$(BIN)/python -m bench --dev $(SHARED)/eval

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# After a change of the question bank: the vectors, and the numbers that the verdict is fitted to.
calibrate: .venv/dev
	$(BIN)/someopas index
	$(BIN)/python -m bench.calibrate

# What we depend on (build/sbom.cdx.json), and whether a weakness of it is known.
audit: .venv/dev
	$(BIN)/python -m tests.audit

# Optional: looks for inputs that a parser does not expect. Needs atheris: `.venv/bin/pip install atheris`.
fuzz: .venv/dev
	$(BIN)/python -m tests.fuzz $(or $(PARSER),slack_words) $(or $(SECONDS),60)

# The Slack app's manifest, from what the code uses.
manifest: .venv/dev
	$(BIN)/someopas manifest > manifest.yml

# The app of Teams for SOMEOPAS_TEAMS_CLIENT_ID (from .env or the environment), tried by Microsoft's schema of it.
teams-package: .venv/dev tests/teams/node_modules
	mkdir -p build
	$(BIN)/someopas teams-package --to build/someopas-teams.zip $(if $(WEBSITE),--website $(WEBSITE))
	$(BIN)/python -m tests.teams.package_check build/someopas-teams.zip

# Hashes without addresses; run after a change of pyproject.toml.
locks:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --extra build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra teams pyproject.toml -o requirements-teams.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra postgres pyproject.toml -o requirements-postgres.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --extra build --extra dev --extra bench pyproject.toml -o requirements-bench.lock

.venv/run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What is needed besides by who serves Microsoft Teams, keeps everything in PostgreSQL, or changes the program.
.venv/teams .venv/postgres .venv/dev: .venv/%: .venv/run requirements-%.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-$*.lock
	touch $@

.venv/bench: .venv/dev requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

tests/%/node_modules: tests/%/package.json tests/%/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix tests/$*
	touch $@

clean:
	rm -rf .venv build dist
