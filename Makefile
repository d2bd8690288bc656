# make app: the page on port 8501.  make web: the page that paints in the browser, on port 8502.
# make test: lint, types, all tests.  make check: the quick part of it.
# make test-browser: the page in a real Chromium, which it installs where apt can; make test-web: the other page.
PYTHON ?= python3
PORT ?= 8501
WEB_PORT ?= 8502
BIN := .venv/bin
# Two processes: each imports TensorFlow, so more of them want more memory than they save time.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: app web test test-web test-browser check lint types gallery clean

app: .venv/app.stamp
	$(BIN)/streamlit run streamlit_app/streamlit_app.py --server.port $(PORT)

# Needs npm and no environment. The folder build/web that it leaves is the whole page, for any web server.
web: web/node_modules/stamp
	$(PYTHON) -m web.serve --port $(WEB_PORT)

test: lint types litert-js
	$(PYTEST)

# The page in a real browser.
test-web: .venv/dev.stamp web/node_modules/stamp
	$(BIN)/python -m pytest -n 0 tests/web

check: lint types
	$(PYTEST) -m "not slow"

test-browser: .venv/dev.stamp
	@command -v chromium >/dev/null || { apt-get update -q && apt-get install -q -y chromium; } \
		|| { echo "Chromium is missing: apt-get install chromium"; exit 1; }
	$(BIN)/python -m pytest -m browser

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy

# Pictures of the README, from the files in the repository.
gallery: .venv/dev.stamp
	$(BIN)/python docs/gallery.py

.venv/bin/python:
	$(PYTHON) -m venv .venv || { echo "python3-venv is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/app.stamp: streamlit_app/requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r streamlit_app/requirements.txt
	touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt -r requirements-dev.txt
	touch $@

# npm compares the files that it fetches with the hashes in package-lock.json.
web/node_modules/stamp: web/package.json web/package-lock.json
	command -v npm >/dev/null || { echo "npm is missing: apt-get install npm"; exit 1; }
	npm ci --prefix web --ignore-scripts --no-audit --no-fund
	touch $@

# Without npm the tests that want it say that they are skipped.
.PHONY: litert-js
litert-js:
	if command -v npm >/dev/null; then $(MAKE) web/node_modules/stamp; fi

clean:
	rm -rf build web/node_modules .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
