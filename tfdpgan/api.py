# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a person calls: train, generate, load. The tools and `DPGAN` use nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras

from tfdpgan import data
from tfdpgan.config import ConfigError, DataConfig, ModelConfig, TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation import benchmark_report, private_step_benchmark
from tfdpgan.evaluation.benchmark_config import BenchmarkConfig
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.sweep_config import SweepConfig
from tfdpgan.export import metadata, tflite, tflite_run
from tfdpgan.export.dataset import save_images
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.grid import image_grid, save_grid
from tfdpgan.export.measured_file import measure_file
from tfdpgan.generation.interpolation import draw_lines
from tfdpgan.generation.provenance import provenance_of
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy import atomic_file
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.slimming.slim_config import SlimConfig
from tfdpgan.training.classifier_config import ClassifierConfig
from tfdpgan.training.classifier_plan import make_classifier_plan
from tfdpgan.training.classifier_session import ClassifierSession, accuracy_on_test_images
from tfdpgan.training.plan import Plan, make_plan
from tfdpgan.training.session import Session, image_shape

_CLASSIFIER_FILE = "classifier.keras"


@dataclasses.dataclass(frozen=True)
class TrainResult:
    """What a training left: the run directory, what it cost, and the discriminator steps that were taken."""

    model_dir: str
    epsilon: float
    delta: float
    steps: int


def load_data(config: DataConfig) -> Dataset:
    """The data set that the settings name; raises DataError when it cannot be had."""
    return data.load_dataset(
        config.dataset, data_dir=config.data_dir, image_size=config.image_size, color_mode=config.color_mode,
        conditional=config.conditional, is_public=config.public_data, skip_bad_images=config.skip_bad_images,
        holdout=config.holdout, cache_dir=config.cache_dir, label_attribute=config.label_attribute,
    )


def plan(config: TrainConfig, num_examples: int) -> Plan:
    """What a training on `num_examples` images would take from them and cost. Needs no image."""
    return make_plan(config, num_examples)


def train(training_plan: Plan, dataset: Dataset, show_progress: bool = True) -> TrainResult:
    """Trains a GAN and releases its generator, or goes on with an unfinished run in the same directory.

    Args:
        training_plan: from `plan`, for the number of images of `dataset`.
        dataset: the images.
        show_progress: draw progress bars on stderr.

    Returns:
        The run directory, epsilon as the ledger has it, delta, and the accesses of the longest stage.

    Raises:
        ValueError: for settings, data or a directory that cannot be used; nothing is left half-written.
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, with everything saved: the same call goes on.
    """
    config = training_plan.config

    def save_generator(model: keras.Model, ledger: Ledger, folder: Path) -> None:
        ReleasedGenerator(
            model, image_shape(dataset),
            ModelConfig(**{field.name: getattr(config, field.name) for field in dataclasses.fields(ModelConfig)}),
            dataset.class_names, provenance_of(dataset, ledger, config),
        ).save(folder)

    session = Session(training_plan, dataset, save_grid, save_generator)
    run_dir = session.run_dir
    if run_dir.is_finished:
        ledger = Ledger.open(run_dir.ledger, config.accountant)
    else:
        ledger = session.run(show_progress)
        with run_dir.replacing_folder(run_dir.generator) as folder:
            save_generator(session.players.averaged.model, ledger, folder)
    steps = ledger.booked(training_plan.stages[-1].name) if training_plan.stages else config.steps
    return TrainResult(str(run_dir.path), ledger.epsilon(config.delta), config.delta, steps)


@dataclasses.dataclass(frozen=True)
class ClassifierResult:
    """What a classifier's training left. `accuracy` is that on the test images, in [0, 1]; None without any."""

    model_dir: str
    accuracy: float | None
    epsilon: float
    delta: float
    steps: int


def plan_classifier(config: ClassifierConfig, num_examples: int) -> Plan:
    """What training a classifier on `num_examples` images would take from them and cost. Needs no image."""
    return make_classifier_plan(config, num_examples)


def train_classifier(classifier_plan: Plan, dataset: Dataset, show_progress: bool = True) -> ClassifierResult:
    """Trains a classifier under DP-SGD and releases it, or goes on with an unfinished run in the same directory.

    The network is released as `classifier/classifier.keras` (tf_keras' format): images `[batch, height, width,
    channels]` float32 in [-1, 1] to logits `[batch, num_classes]`.

    Args:
        classifier_plan: from `plan_classifier`, for the number of images of `dataset`.
        dataset: labelled images. Its test images are taken to be public: accuracy on them is outside the guarantee.
        show_progress: draw a progress bar on stderr.

    Returns:
        The run directory, the accuracy on the test images, epsilon as the ledger has it, delta, the private steps.

    Raises:
        ValueError, KeyboardInterrupt: as `train`.
    """
    session = ClassifierSession(classifier_plan, dataset)
    config, run_dir = classifier_plan.config, session.run_dir
    if run_dir.classifier.is_dir():
        ledger = Ledger.open(run_dir.ledger, config.accountant)
        classifier = keras.models.load_model(run_dir.classifier / _CLASSIFIER_FILE)
    else:
        ledger = session.run(show_progress)
        classifier = session.players.released
        with run_dir.replacing_folder(run_dir.classifier) as folder:
            classifier.save(folder / _CLASSIFIER_FILE)
    steps = max((ledger.booked(stage.name) for stage in classifier_plan.stages), default=config.steps)
    accuracy = accuracy_on_test_images(classifier, dataset)
    return ClassifierResult(str(run_dir.path), accuracy, ledger.epsilon(config.delta), config.delta, steps)


def benchmark(config: BenchmarkConfig) -> tuple[dict[str, Any], str, list[str]]:
    """Measures what privacy costs in time and memory, each way in a process of its own; reads no data.

    Returns:
        The report (JSON data), its table, and the paths of the files written into `config.output_dir`.
    """
    report = private_step_benchmark.run(config)
    return report, benchmark_report.render_table(report), benchmark_report.write(report, config.output_dir)


def sweep(config: SweepConfig, announce: Callable[[str], None] = print) -> tuple[dict[str, Any], str, list[str]]:
    """Trains over several noises or budgets and seeds, judges every run, and draws utility against epsilon.

    A sweep that was interrupted, or that lacks a level, goes on when it is called again.

    Args:
        config: the sweep.
        announce: shown what happens, a line at a time.

    Returns:
        The report (JSON data), its table, and the paths of the files written into `config.sweep_dir`.
    """
    from tfdpgan.evaluation import sweep as sweep_runs  # with scikit-learn and matplotlib: seconds
    from tfdpgan.evaluation import sweep_figures

    report = sweep_runs.run(config, load_data(config), train, announce)
    report_path = Path(config.sweep_dir) / "sweep.json"
    atomic_file.write_json_atomically(report_path, report)
    figures = sweep_figures.write(report, sweep_runs.sample_rows(report, config.sweep_dir), config.sweep_dir)
    return report, sweep_runs.render_table(report), [str(report_path), *figures]


def evaluate(config: EvaluateConfig, show_progress: bool = True) -> tuple[dict[str, Any], str, list[str]]:
    """Says how good images are: those that a run draws, or those in files.

    Reads the test split of the real data, which is taken to be public; private training images only where
    `config.allow_private_reference` says so, and then each figure that did is marked.

    Returns:
        The content of evaluation.json, its table, and the paths of evaluation.json and report.html.

    Raises:
        ValueError: for a run, images, data or settings that cannot be used; nothing is left half-written.
    """
    from tfdpgan.evaluation import evaluation, report, subject  # with SciPy: seconds

    run_dir = RunDirectory(config.model_dir) if config.model_dir else None
    source = config.model_dir or config.images
    generator = load_generator(source) if config.model_dir or _is_tflite(source) else None
    dataset = load_data(config.data_config(run_dir.read_config()["config"] if run_dir else None))
    if generator:
        images = subject.draw_images(generator, config.num_images, config.seed, source, dataset)
    else:
        images = subject.read_images(config.images, dataset, config.num_images)
    prepared = evaluation.prepare(config, dataset, images)
    folder = report.prepare_folder(config.output_dir or config.model_dir or ".")
    content = evaluation.run(prepared, show_progress)
    paths = report.write(content, images, prepared.pictures, run_dir, folder, image_grid)
    return content, report.render_table(content), paths


def slim(config: SlimConfig, show_progress: bool = True) -> tuple[dict[str, Any], str, list[str]]:
    """Makes the generator of a run smaller, in a run of its own, or goes on with an unfinished one.

    Reads the teacher's generator and ledger, no private image: epsilon is exactly the teacher's. Only
    `config.fine_tuning_steps` read them, by DP-SGD; their cost is composed with it. For `config.evaluation_images` the
    test split is read, which is taken to be public.

    Returns:
        The content of slimming.json, its table, and the paths of slimming.json and slimming.html.

    Raises:
        ValueError: for a teacher, settings or a directory that cannot be used; nothing is left half-written.
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, with everything saved: the same call goes on.
    """
    from tfdpgan.slimming import measurements, report  # with TF-MOT: seconds
    from tfdpgan.slimming.session import SlimSession, Teacher

    teacher = Teacher.load(config.model_dir)
    dataset = load_data(teacher.settings_of(config)) if config.reads_data else None
    session = SlimSession(config, teacher, dataset if config.fine_tuning_steps else None, save_grid)
    run_dir, settings, big = session.run_dir, session.plan.config, teacher.generator
    quality = measurements.ImageQuality(settings, big, dataset)  # before the hours: its weights may be missing
    ledger = Ledger.open(run_dir.ledger, settings.accountant) if run_dir.is_finished else session.run(show_progress)
    small = ReleasedGenerator.load(run_dir.generator)
    content = report.compare(big, small, ledger, settings)
    content |= measurements.measure(big, small, content["compute_ratio"], quality, measure_file, show_progress)
    paths = report.write(content, big, small, run_dir, image_grid)
    return content, report.render_table(content), paths


def load_generator(model_dir: str) -> ReleasedGenerator:
    """The released generator of a run, or that in a .tflite file; raises ValueError when there is none (yet)."""
    if _is_tflite(model_dir):
        return tflite_run.load_generator(model_dir)
    run_dir = RunDirectory(model_dir)
    run_dir.read_config()
    return ReleasedGenerator.load(run_dir.generator)


def export_tflite(config: ExportConfig) -> tuple[list[dict[str, Any]], str]:
    """Writes a run's generator as .tflite files, cards inside: all that were asked for, verified, or none.

    Returns:
        For each file path, quantization, bytes, psnr_db, latency_ms and latency_ms_2_threads; and the table of them.
    """
    files = tflite.export(config)
    return [dataclasses.asdict(file) for file in files], tflite.render_table(files)


def show_card_of(path: str) -> tuple[str, dict[str, Any]]:
    """The cards inside a .tflite file, as text and as JSON data; raises ExportError where there are none."""
    cards = metadata.read_cards(path)
    return metadata.render(cards), {"model_card": cards.model, "privacy_card": cards.privacy}


def _is_tflite(path: str) -> bool:
    return Path(path).suffix.lower() == ".tflite"


def generate(
    model_dir: str, num_images: int, output: str, class_name: str | None = None, seed: int | None = None,
    interpolate: bool = False,
) -> int:
    """Draws images from a run and writes them; the format follows the path of `output`.

    Args:
        model_dir: the run, or a .tflite file of `export_tflite`.
        num_images: how many.
        output: `x.npz`, `x.tfrecord`, `x.png` (one grid), or else a folder.
        class_name: draw this class alone; default: every class equally often.
        seed: of the latents; default: different images at every call.
        interpolate: walk straight lines between pairs of latents instead of independent ones, ten images a line.

    Returns:
        The number of images written.
    """
    generator = load_generator(model_dir)
    labels = None
    if class_name is not None:
        if class_name not in generator.class_names:
            known = ", ".join(generator.class_names) or "none: this generator is not conditional"
            raise ConfigError(f"--class_name must be one of: {known}. Received: {class_name}.")
        labels = np.full(num_images, generator.class_names.index(class_name), np.int32)
    if interpolate:
        images, labels = draw_lines(generator, num_images, labels, seed)
    else:
        images, labels = generator.draw(num_images, labels, seed)
    save_images(output, images, labels, generator.class_names, generator.provenance)
    return len(images)
