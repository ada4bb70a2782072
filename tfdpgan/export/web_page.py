# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A folder that draws in a browser: a page, the generator as .tflite, its privacy card beside the canvas, LiteRT.js.

There is no server code: any server of files will do. LiteRT.js takes no signed bytes where a file begins and ends, so
that an integer generator has floats there. LiteRT.js (Apache-2.0) is copied from an npm folder, or fetched by npm.
"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import tempfile
from pathlib import Path

from tfdpgan.evaluation.report import card_as_html
from tfdpgan.export import tflite
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.export_error import ExportError
from tfdpgan.files.complete import complete_folder
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.run import RunDirectory

LITERT = "@litertjs/core@2.5.3"
_TEMPLATE = Path(__file__).with_name("web_page.html.j2")
_NPM_SECONDS = 300
_FOR_A_BROWSER = {"int8": "int8_float_io", "all": "int8_float_io"}
# From a folder node_modules/@litertjs into the page's litert/.
_FILES = {
    "core/dist/index.js": "core/index.js",
    "core/package.json": "core/package.json",
    "wasm-utils/dist/bundle.js": "wasm-utils/bundle.js",
    "core/wasm/litert_wasm_internal.js": "wasm/litert_wasm_internal.js",
    "core/wasm/litert_wasm_internal.wasm": "wasm/litert_wasm_internal.wasm",
    "core/wasm/litert_wasm_compat_internal.js": "wasm/litert_wasm_compat_internal.js",
    "core/wasm/litert_wasm_compat_internal.wasm": "wasm/litert_wasm_compat_internal.wasm",
}


def write(config: ExportConfig) -> str:
    """Writes the page of a run, whole or not at all; returns the path of its index.html.

    Reads the released generator and the card, no image: it costs no privacy.

    Args:
        config: the run; `quantization` (int8 and all: int8_float_io); `output_dir` (default: export/ in the run), in
            which the page is the folder web/; `litert_dir`.

    Raises:
        RunError, ConfigError, ExportError: for a run or a place that cannot be used, or LiteRT.js that cannot be had.
    """
    run_dir = RunDirectory(config.model_dir or "")
    folder = Path(config.output_dir) if config.output_dir else run_dir.path / "export"
    with tempfile.TemporaryDirectory() as scratch:
        quantization = _FOR_A_BROWSER.get(config.quantization, config.quantization)
        whole = dataclasses.replace(config, quantization=quantization, batch_size=1, output_dir=scratch, web=False)
        (file,) = tflite.export(whole)
        litert = _litert(config.litert_dir, Path(scratch))
        page = render(run_dir, ReleasedGenerator.load(run_dir.generator))
        folder.mkdir(parents=True, exist_ok=True)
        with complete_folder(folder / "web", replace=True) as partial:
            shutil.copyfile(file.path, partial / "generator.tflite")
            (partial / "index.html").write_text(page, "utf-8")
            shutil.copyfile(run_dir.card, partial / "privacy_card.md")
            for source, target in _FILES.items():
                (partial / "litert" / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(litert / source, partial / "litert" / target)
    return str(folder / "web" / "index.html")


def render(run_dir: RunDirectory, generator: ReleasedGenerator) -> str:
    """The page's HTML: everything that a card says is escaped."""
    import jinja2

    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, autoescape=True)
    lines = [line.strip().strip("*") for line in run_dir.card.read_text("utf-8").splitlines() if line.strip()]
    height, width, channels = generator.shape[:3]
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        title="Synthetic images, drawn by your browser",
        first_line=next((line for line in lines if not line.startswith("#")), ""),
        card=card_as_html(run_dir),
        class_names=generator.class_names,
        latent_dim=generator.config.latent_dim,
        height=height,
        width=width,
        channels=channels,
    )


def _litert(given: str | None, scratch: Path) -> Path:
    """The folder @litertjs: below the one that was given, or fetched into `scratch`."""
    if given is not None:
        places = [Path(given), Path(given, "@litertjs"), Path(given, "node_modules", "@litertjs")]
        for place in places:
            if all((place / source).is_file() for source in _FILES):
                return place
        raise ExportError(f"--litert_dir={given} holds no LiteRT.js. Give the node_modules of `npm install {LITERT}`.")
    advice = f"Run `npm install {LITERT}` where there is npm and a network, and give its node_modules as --litert_dir."
    try:
        command = ["npm", "install", "--prefix", str(scratch), "--no-audit", "--no-fund", "--ignore-scripts", LITERT]
        subprocess.run(command, check=True, capture_output=True, timeout=_NPM_SECONDS)
    except FileNotFoundError:
        raise ExportError(f"--web needs LiteRT.js, and there is no npm to fetch it. {advice}") from None
    except subprocess.SubprocessError:
        raise ExportError(f"--web needs LiteRT.js, and npm could not fetch it. {advice}") from None
    return scratch / "node_modules" / "@litertjs"
