"""The commands of the workflows, run here as far as they need no network."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import BROWSER_REQUIRED
from web.assemble import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"].removeprefix("https://github.com/")


def command_of(workflow: str, job: str, step: str) -> str:
    jobs = yaml.safe_load((WORKFLOWS / workflow).read_text(encoding="utf-8"))["jobs"]
    (found,) = (entry["run"] for entry in jobs[job]["steps"] if entry.get("name") == step)
    return found


def run_step(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """As GitHub runs it: bash ends at the first command that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    everything = {**os.environ, "PATH": path, "GITHUB_REPOSITORY": REPOSITORY, **environment}
    return subprocess.run(words, cwd=folder, env=everything, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tag", "status"), [(f"v{PROJECT['version']}", 0), ("v0.0.1", 1), (f"v{PROJECT['version']}1", 1)]
)
def test_only_the_tag_of_the_version_is_released(tag, status):
    command = command_of("release.yml", "build", "The tag is the version")
    assert run_step(command, ROOT, GITHUB_REF_NAME=tag).returncode == status


def test_every_link_of_the_released_readme_is_absolute(tmp_path):
    shutil.copy(ROOT / "README.md", tmp_path)
    command = command_of("release.yml", "build", "Links that lead somewhere on PyPI")
    done = run_step(command, tmp_path, GITHUB_REF_NAME="v9.9.9")
    assert done.returncode == 0, done.stderr
    before, after = ((folder / "README.md").read_text(encoding="utf-8") for folder in (ROOT, tmp_path))
    links = re.findall(r"\]\(([^)]+)\)", after)
    assert len(links) == len(re.findall(r"\]\(([^)]+)\)", before))
    assert all(link.startswith("https://") for link in links)
    assert f"(https://raw.githubusercontent.com/{REPOSITORY}/v9.9.9/docs/loop.webp)" in after
    assert f"(https://github.com/{REPOSITORY}/blob/v9.9.9/docs/training.md)" in after
    assert re.sub(r"\]\([^)]+\)", "", after) == re.sub(r"\]\([^)]+\)", "", before)


def test_the_page_for_github_is_whole(tmp_path):
    if not (PACKAGES / "@litertjs").is_dir() and not BROWSER_REQUIRED:
        pytest.skip("LiteRT.js is not there: npm ci --prefix web")
    for name in ("tf_cyclegan", "web", "streamlit_app"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    done = run_step(command_of("pages.yml", "deploy", "Put the page together"), tmp_path)
    assert done.returncode == 0, done.stderr
    (upload,) = re.findall(r"path: (.*)", (WORKFLOWS / "pages.yml").read_text(encoding="utf-8"))
    index = json.loads((tmp_path / upload / "index.json").read_text(encoding="utf-8"))
    assert len(index["styles"]) > 1
    owner, name = REPOSITORY.split("/")
    html = (tmp_path / upload / "index.html").read_text(encoding="utf-8")
    assert f'content="https://{owner}.github.io/{name}/' in html


def test_what_the_checks_call_is_there():
    jobs = yaml.safe_load((WORKFLOWS / "checks.yml").read_text(encoding="utf-8"))["jobs"]
    assert os.access(ROOT / jobs["all"]["steps"][-1]["run"], os.X_OK)
    words = jobs["installed"]["steps"][-1]["run"].split()
    assert words[0] in PROJECT["scripts"]
    assert (ROOT / words[2]).is_file()
    tried = {
        f"Programming Language :: Python :: {python}" for python in jobs["installed"]["strategy"]["matrix"]["python"]
    }
    assert tried == {line for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
