# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The documentation as a site: it builds without a warning, its links lead somewhere, and it needs no network."""

import html.parser
import os
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Page(html.parser.HTMLParser):
    """The anchors of a page, its links, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if attributes.get("src"):
            self.loaded.append(attributes["src"])
        if tag == "link" and attributes.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(attributes["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode == 0 and "WARNING" not in result.stderr, result.stderr[-3000:]
    return {path: Page(path.read_text()) for path in folder.rglob("*.html") if path.name != "404.html"}, folder


def test_every_page_is_there(site):
    pages, folder = site
    written = {path.relative_to(folder).as_posix() for path in pages}
    for source in (ROOT / "docs").rglob("*.md"):
        page = source.relative_to(ROOT / "docs").with_suffix("").as_posix().removesuffix("README").rstrip("/")
        assert f"{page}/index.html" in written
    assert {"index.html", "SECURITY/index.html", "CONTRIBUTING/index.html"} <= written


def test_every_link_leads_to_a_page_and_an_anchor(site):
    pages, folder = site
    checked = 0
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme:
                assert parts.scheme in ("https", "http"), link
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{path.relative_to(folder)}: {link}"
            if parts.fragment and target.suffix == ".html":
                assert urllib.parse.unquote(parts.fragment) in pages[target].anchors, f"{path}: {link}"
            checked += 1
    assert checked > 1000


def test_nothing_is_loaded_from_elsewhere(site):
    pages, folder = site
    for path, page in pages.items():
        for loaded in page.loaded:
            assert not urllib.parse.urlsplit(loaded).netloc, f"{path}: {loaded}"
            assert (path.parent / urllib.parse.urlsplit(loaded).path).resolve().exists(), f"{path}: {loaded}"


def test_the_api_page_shows_what_a_person_calls(site):
    pages, folder = site
    text = (folder / "api/index.html").read_text()
    for name in ("DPGAN", "DPKerasSGDOptimizer", "GaussianRelease", "generate", "Method"):
        assert re.search(rf'id="tfdpgan\.[a-z0-9_.]*{name}"', text), name
