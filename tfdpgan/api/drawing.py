# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a run draws and exports."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.export import metadata, tflite, tflite_run
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.generation import samplers
from tfdpgan.generation.generate_config import GenerateConfig
from tfdpgan.generation.image_writers import save_images
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.sampler_config import SamplerConfig, sampler_config, sampler_config_of
from tfdpgan.results import Cards, Report
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import open_ledger


def load_generator(model_dir: str) -> ReleasedGenerator:
    """The released generator of a run, or that in a .tflite file; raises ValueError when there is none (yet)."""
    if is_tflite(model_dir):
        return tflite_run.load_generator(model_dir)
    run_dir = RunDirectory(model_dir)
    open_ledger(run_dir)
    return ReleasedGenerator.load(run_dir.generator)


def export_tflite(config: ExportConfig) -> Report:
    """Writes a run's generator as .tflite files, cards inside: all that were asked for, verified, or none.

    Returns:
        For each file path, quantization, bytes, psnr_db, latency_ms and latency_ms_2_threads; their table and paths.
    """
    files = tflite.export(config)
    content = [dataclasses.asdict(file) for file in files]
    paths, table = [file.path for file in files], tflite.render_table(files)
    if config.web:
        from tfdpgan.export import web_page  # with SciPy: seconds

        paths.append(web_page.write(config))
        table += f"\npage: {paths[-1]} (in its folder: python3 -m http.server, then http://localhost:8000/)"
    return Report(content, table, paths)


def show_card_of(path: str) -> Cards:
    """The cards inside a .tflite file; raises ExportError where there are none."""
    cards = metadata.read_cards(path)
    return Cards(metadata.render(cards), {"model_card": cards.model, "privacy_card": cards.privacy})


def is_tflite(path: str) -> bool:
    return Path(path).suffix.lower() == ".tflite"


def source_of(model_dir: str, settings: SamplerConfig | None = None) -> samplers.Source:
    """What samplers draw from: a run, or a .tflite file, which has a generator alone."""
    run_dir = None if is_tflite(model_dir) else RunDirectory(model_dir)
    return samplers.Source(load_generator(model_dir), run_dir, settings or SamplerConfig())


def draw(
    model_dir: str,
    num_images: int,
    class_name: str | None = None,
    seed: int | None = None,
    sampler: str = "plain",
    labels: np.ndarray | None = None,
    **settings: Any,
) -> samplers.Drawn:
    """Draws images from a run.

    Args:
        model_dir: the run, or a .tflite file of `export_tflite`.
        num_images: how many.
        class_name: draw this class alone; default: every class equally often.
        seed: of the latents; default: different images at every call.
        sampler: how they are drawn, a key of `tfdpgan.generation.samplers.SAMPLERS`.
        labels: `[num_images]` integers, the class of each, in place of `class_name`.
        **settings: of the sampler: fields of `tfdpgan.generation.sampler_config.SamplerConfig`.

    Returns:
        Images, labels, soft labels where the sampler has them, and the mark that says how they were drawn.

    Raises:
        ConfigError: for settings that cannot be used, or a run that keeps no discriminator or classifier where the
            sampler needs one.
    """
    return _draw(source_of(model_dir, sampler_config_of(settings)), num_images, class_name, seed, sampler, labels)


def _draw(
    source: samplers.Source,
    num_images: int,
    class_name: str | None,
    seed: int | None,
    sampler: str,
    labels: np.ndarray | None = None,
) -> samplers.Drawn:
    if class_name is not None:
        labels = np.full(num_images, source.generator.label_of(class_name), np.int32)
    return samplers.draw(sampler, source, num_images, labels, seed)


def write_images(output: str, drawn: samplers.Drawn) -> Path:
    """Writes drawn images, labels and mark; the format follows the path of `output` (see `save_images`)."""
    return save_images(output, drawn.images, drawn.labels, drawn.class_names, drawn.mark, drawn.soft_labels)


def generate(
    model_dir: str,
    num_images: int,
    output: str,
    class_name: str | None = None,
    seed: int | None = None,
    sampler: str = "plain",
    **settings: Any,
) -> int:
    """Draws images from a run and writes them; the format follows the path of `output`.

    Args:
        model_dir: as for `draw`, which also returns the mark; so are those below but `output`.
        num_images: how many.
        output: `x.npz`, `x.tfrecord`, `x.png` (one grid), or else a folder.
        class_name: of all images; by default every class equally often.
        seed: of all that is random; by default another one each time.
        sampler: a key of `tfdpgan.generation.samplers.SAMPLERS`.
        **settings: of the sampler.

    Returns:
        The number of images written.
    """
    drawn = draw(model_dir, num_images, class_name, seed, sampler, **settings)
    write_images(output, drawn)
    return len(drawn.images)


def generate_images(config: GenerateConfig) -> samplers.Drawn:
    """What generate.py does: draws images as the settings say, and writes them; returns them with their mark."""
    source = source_of(config.model_dir, sampler_config(config))
    drawn = _draw(source, config.num_images, config.class_name, config.seed, config.sampler)
    write_images(config.output, drawn)
    return drawn
