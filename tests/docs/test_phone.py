# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What can be held of the page's samples without a phone: that they use what the named versions have."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/phone.md").read_text("utf-8")


def samples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_swift_has_no_signed_bytes():
    (sample,) = samples("swift")
    assert not re.search(r"\bInt8", sample)
    assert "import TensorFlowLite" in sample and 'signatureRunner(with: "generate")' in sample


def test_kotlin_imports_what_it_uses_and_names_an_artifact_that_has_it():
    first, _, compiled = samples("kotlin")
    for name in ("kotlin.math.roundToInt", "org.tensorflow.lite.Interpreter"):
        assert f"import {name}" in first
    assert "import com.google.ai.edge.litert.CompiledModel" in compiled and "Interpreter" not in compiled
    assert "litert:1.4.0" in PAGE and "litert:2.0.3" in PAGE


def test_browsers_are_named():
    assert "## Browsers" in PAGE and "@litertjs/core" in PAGE
