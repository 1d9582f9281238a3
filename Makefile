# `make help` says what there is. Everything installs itself on the first use.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format demo-reset screenshots bench clean dev

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

run: ## Run the product with its demo project on http://127.0.0.1:8000 (PORT=8001 for another port)
	@exec $(PYTHON) manage.py serve

test: dev ## Run all tests on SQLite and PostgreSQL (ARGS="--sqlite -k schedule" for some)
	@$(VENV_PYTHON) -m implement.testkit.run_tests $(ARGS)

lint: dev ## Check style, layers, types, templates, migrations and deployment settings
	@$(VENV_PYTHON) -m implement.testkit.lint

format: dev ## Put imports and lines in the order that `make lint` asks for
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

demo-reset: ## Throw the local data away and load the demo project anew
	@$(PYTHON) manage.py demo --reset

screenshots: dev ## Draw the pictures of the handbook anew
	@$(VENV_PYTHON) -m implement.testkit.screenshots $(ARGS)

bench: dev ## Measure the performance goals
	@$(VENV_PYTHON) bench/run.py $(ARGS)

clean: ## Remove what was installed or built; local data in var/ stays
	rm -rf .venv node_modules static/vendor staticfiles htmlcov .coverage .pytest_cache .mypy_cache .ruff_cache
	rm -rf .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev:
	@$(PYTHON) implement/bootstrap.py --dev
