# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Brings the pages beside docs/ into the site, and turns links between the two.

On disk README.md links to docs/x.md, and docs/x.md to ../README.md. In the site both lie in one folder.
"""

import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
BESIDE = {
    "index.md": "README.md",
    **{n: n for n in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "BUILD_NOTES.md")},
}
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files, config):
    """Adds the pages that lie beside docs/."""
    for page, source in BESIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turns the links of a page; what is no page stays as it is, and is found by the strict build."""
    is_beside = page.file.src_uri in BESIDE
    depth = page.file.src_uri.count("/")

    def turned(match):
        target, anchor = match[1], match[2] or ""
        up = "../" * (depth + 1)
        if is_beside and target.startswith("docs/"):
            target = target.removeprefix("docs/")
        elif not is_beside and target.startswith(up):
            target = "../" * depth + target.removeprefix(up)
        name = target.rsplit("/", 1)[-1]
        if name == "README.md" and target.count("/") == target.count("../") == depth:
            target = target.removesuffix(name) + "index.md"
        return f"]({target}{anchor})"

    return _LINK.sub(turned, markdown)
