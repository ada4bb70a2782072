# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How good a run is, what it costs, and whether its claim stands."""

from __future__ import annotations

from collections.abc import Callable

from tfdpgan.api.drawing import is_tflite, source_of
from tfdpgan.api.training import load_data, train
from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.benchmark import private_step
from tfdpgan.benchmark import report as benchmark_report
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.fingerprints import without_training_images
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.files import atomic
from tfdpgan.generation.grid import image_grid
from tfdpgan.generation.sampler_config import sampler_config
from tfdpgan.results import Report
from tfdpgan.run import RunDirectory, results_folder
from tfdpgan.sweep.config import SweepConfig
from tfdpgan.sweep.sampler_config import SamplerTableConfig
from tfdpgan.testbeds.ring_config import RingConfig


def benchmark(config: BenchmarkConfig) -> Report:
    """Measures what privacy costs in time and memory. Reads no data."""
    measured = private_step.run(config)
    paths = benchmark_report.write(measured, config.output_dir)
    return Report(measured, benchmark_report.render_table(measured), paths)


def sweep(config: SweepConfig, announce: Callable[[str], None] = print) -> Report:
    """Trains over several noises or budgets and seeds, or goes on with that; judges every run, and draws the curves.

    Args:
        config: the sweep.
        announce: shown what happens, a line at a time.

    Returns:
        The content of sweep.json, its table, and the paths of the files written into `config.sweep_dir`.
    """
    from tfdpgan.sweep import figures
    from tfdpgan.sweep import runs as sweep_runs  # with scikit-learn and matplotlib: seconds

    content = sweep_runs.run(config, load_data(config), train, announce)
    folder = results_folder(config.sweep_dir, content["reads_private_training_images"])
    atomic.write_json_atomically(folder / "sweep.json", content)
    drawn = figures.write(content, sweep_runs.sample_rows(content, config.sweep_dir), str(folder))
    return Report(content, sweep_runs.render_table(content), [str(folder / "sweep.json"), *drawn])


def compare_samplers(config: SamplerTableConfig, announce: Callable[[str], None] = print) -> Report:
    """Trains a GAN for each seed, or goes on with that; draws by plain and collaborative sampling, each with and
    without interpolation, and judges the images.

    Args:
        config: the table.
        announce: shown what happens, a line at a time.

    Returns:
        The content of samplers.json, its table, and the paths of the files written into `config.sweep_dir`.
    """
    from tfdpgan.sweep import sampler_table  # with SciPy: seconds

    labelled = load_data(config.labelled_data())  # for extractors that learn classes
    content, paths = sampler_table.run(config, load_data(config), labelled, train, announce)
    return Report(content, sampler_table.render_table(content), paths)


def ring_of_gaussians(config: RingConfig, announce: Callable[[str], None] = print) -> Report:
    """Compares samplers on the ring of imbalanced Gaussians; no image and no privacy is in it.

    Returns:
        The content of ring.json, its table, and the paths of ring.json and ring.png.
    """
    from tfdpgan.testbeds import ring_comparison  # with matplotlib: seconds

    content, paths = ring_comparison.run(config, announce)
    return Report(content, ring_comparison.render_table(content), paths)


def evaluate(config: EvaluateConfig, show_progress: bool = True, dataset: Dataset | None = None) -> Report:
    """Says how good images are: those that a run draws, or those in files.

    Reads the test split of the real data, which is taken to be public; private training images only where
    `config.allow_private_reference` says so, and then each figure that did is marked.

    Args:
        config: the settings.
        show_progress: draw a progress bar on stderr.
        dataset: the real data, where they are in memory; default: what the settings, or the run, name.

    Returns:
        The content of evaluation.json, its table, and the paths of evaluation.json and report.html.

    Raises:
        ValueError: for a run, images, data or settings that cannot be used; nothing is left half-written.
    """
    from tfdpgan.evaluation import evaluated_images, evaluation, report  # with SciPy: seconds

    run_dir = RunDirectory(config.model_dir) if config.model_dir else None
    source = config.model_dir or config.images
    drawn_from = source_of(source, sampler_config(config)) if config.model_dir or is_tflite(source) else None
    dataset = dataset or load_data(config.data_config(run_dir.read_config()["config"] if run_dir else None))
    dataset, training_images = without_training_images(dataset, run_dir.private if run_dir else None)
    if drawn_from:
        images = evaluated_images.draw_images(
            drawn_from, config.num_images, config.seed, source, dataset, config.sampler
        )
    else:
        images = evaluated_images.read_images(config.images, dataset, config.num_images)
    prepared = evaluation.prepare(config, dataset, images)
    folder = report.prepare_folder(config.output_dir or config.model_dir or ".")
    content = evaluation.run(prepared, show_progress)
    content["training_images"] = training_images
    folder = results_folder(folder, prepared.reads_private)
    paths = report.write(content, images, prepared.pictures, run_dir, folder, image_grid)
    return Report(content, report.render_table(content), paths)


def audit(config: AuditConfig, announce: Callable[[str], None] = print) -> Report:
    """Tries to refute the epsilon that a run claims, and plants faults to see whether it could.

    Reads the run's settings, ledger and releases, and crafts images of its own. The run's private images only where
    `config.allow_private_reference` says so; that result is marked, and lies in the run's private/.

    Args:
        config: the audit.
        announce: shown what happens, a line at a time.

    Returns:
        The content of audit.json, its table, and the paths of audit.json and audit.html.

    Raises:
        ValueError: for a run that cannot be audited; nothing is left half-written.
    """
    from tfdpgan.auditing import audit as whole
    from tfdpgan.auditing import membership, report
    from tfdpgan.auditing.audited_run import open_run  # with TensorFlow and SciPy: seconds

    audited = open_run(str(config.model_dir))
    private = None
    if config.allow_private_reference:
        dataset, _ = without_training_images(load_data(audited.data_config(config.data_dir)), audited.run_dir.private)
        announce("membership inference: reads private images")
        private = membership.attack(audited, dataset, config.membership_images, 1 - config.confidence, config.seed)
    content = whole.run(config, audited, announce)
    table, paths = report.render_table(content), report.write(content, audited.run_dir)
    if private is not None:
        table = "\n".join([table, *membership.render_lines(private)])
        paths += report.write_membership(private, audited.run_dir)
    return Report(content, table, paths)
