# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The page draws in headless Chromium what the generator draws in Keras; its card is on it; nothing half is left."""

import functools
import html
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import numpy as np
import pytest

from tests.slimming.small import train_teacher
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.data.pixels import psnr
from tfdpgan.export import metadata, web_page
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.export_error import ExportError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.run import RunDirectory

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LITERT = os.environ.get("TFDPGAN_LITERT_DIR")
NUM_IMAGES = 100

_PROBE = """
<pre id="found"></pre>
<script type="module">
const asked = {asked};
while (!window.tfdpgan) await new Promise(resolve => setTimeout(resolve, 20));
const found = [];
for (const [z, label] of asked) found.push([...await window.tfdpgan.generate(z, label)]);
document.getElementById("found").textContent = JSON.stringify(found);
</script>
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, digit_images):
    path = tmp_path_factory.mktemp("web") / "run"
    train_teacher(path, digit_images)
    return path


def test_the_page_says_the_card_s_first_line_and_escapes_what_it_is_told(run):
    run_dir = RunDirectory(run)
    page = web_page.render(run_dir, ReleasedGenerator.load(run_dir.generator))
    assert "protects every single image" in page and "<h1>Privacy card" in page
    assert '<option value="7">7</option>' in page and "LATENT_DIM = 4" in page
    card = run_dir.card.read_text()
    try:
        run_dir.card.write_text(f"# card\n\n**<script>alert(1)</script>**\n\n{card}")
        page = web_page.render(run_dir, ReleasedGenerator.load(run_dir.generator))
        assert "<script>alert" not in page
    finally:
        run_dir.card.write_text(card)


def test_without_litert_there_is_one_line_and_no_page(run, tmp_path, monkeypatch):
    with pytest.raises(ExportError, match="holds no LiteRT.js. Give the node_modules of `npm install @litertjs/core"):
        web_page.write(ExportConfig(model_dir=str(run), output_dir=str(tmp_path), web=True, litert_dir=str(tmp_path)))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match="there is no npm to fetch it"):
        web_page.write(ExportConfig(model_dir=str(run), output_dir=str(tmp_path), web=True))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not (CHROMIUM and LITERT), reason="needs Chromium, and LiteRT.js in TFDPGAN_LITERT_DIR")
@pytest.mark.parametrize(("quantization", "held"), [("int8", "int8_float_io"), ("float16", "float16")])
def test_the_browser_draws_what_keras_draws(run, tmp_path, quantization, held):
    config = ExportConfig(str(run), quantization, output_dir=str(tmp_path), web=True, litert_dir=LITERT)
    folder = os.path.dirname(web_page.write(config))
    assert metadata.read_cards(os.path.join(folder, "generator.tflite")).model["quantization"] == held
    generator = api.load_generator(str(run))
    z = np.random.default_rng(0).standard_normal((NUM_IMAGES, generator.config.latent_dim)).astype(np.float32)
    labels = np.arange(NUM_IMAGES) % 10
    asked = [[row.tolist(), int(label)] for row, label in zip(z, labels, strict=True)]
    with open(os.path.join(folder, "index.html")) as file:
        page = file.read()
    with open(os.path.join(folder, "probe.html"), "w") as file:
        file.write(page.replace("</body>", _PROBE.format(asked=json.dumps(asked)) + "</body>"))
    dom = _dom(folder, "probe.html")
    found = json.loads(html.unescape(re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)[1]))
    images = np.array(found).reshape(NUM_IMAGES, *generator.shape[:3])
    assert psnr(images, generator.images_of(z, labels)) > 30
    assert "Synthetic image, drawn on this device" in dom and 'data-ready="true"' in dom


def test_a_kind_of_file_that_no_browser_runs_is_refused_before_anything_is_made():
    with pytest.raises(ConfigError, match="--web: browsers do not run an int16x8 file. Use --quantization=int8"):
        ExportConfig("run", "int16x8", web=True)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def _dom(folder, page):
    """The page as Chromium has it when its scripts have run."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/{page}"
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=120000", "--dump-dom"]
        return subprocess.run([CHROMIUM, *flags, address], capture_output=True, text=True, timeout=120).stdout
    finally:
        server.shutdown()
