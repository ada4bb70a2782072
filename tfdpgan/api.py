# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a person calls: train, generate, load. The tools and `DPGAN` use nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan import data
from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.benchmark import private_step
from tfdpgan.benchmark import report as benchmark_report
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.config import DataConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.fingerprints import Fingerprints, without_training_images
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.export import metadata, tflite, tflite_run
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.trial_conversion import measure_file
from tfdpgan.files import atomic
from tfdpgan.generation import samplers
from tfdpgan.generation.generate_config import GenerateConfig
from tfdpgan.generation.grid import image_grid
from tfdpgan.generation.image_writers import save_images
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.sampler_config import SamplerConfig, sampler_config, sampler_config_of
from tfdpgan.methods import generator_training
from tfdpgan.methods.classifier import training as classifier_training
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.expectation import expectation, noise_over_signal
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.results import Cards, ClassifierResult, Report, TrainResult
from tfdpgan.run import RunDirectory, results_folder
from tfdpgan.run_ledger import open_ledger
from tfdpgan.slimming.slim_config import SlimConfig
from tfdpgan.sweep.config import SweepConfig
from tfdpgan.sweep.sampler_config import SamplerTableConfig
from tfdpgan.testbeds.ring_config import RingConfig
from tfdpgan.training.plan import Plan


def load_data(config: DataConfig) -> Dataset:
    """The data set that the settings name; raises DataError when it cannot be had."""
    return data.load_dataset(
        config.dataset,
        data_dir=config.data_dir,
        image_size=config.image_size,
        color_mode=config.color_mode,
        conditional=config.conditional,
        is_public=config.public_data,
        skip_bad_images=config.skip_bad_images,
        holdout=config.holdout,
        cache_dir=config.cache_dir,
        label_attribute=config.label_attribute,
        value_range=_range_of(config.value_range),
    )


def plan(config: TrainConfig, num_examples: int) -> Plan:
    """What a training on `num_examples` images would take from them and cost. Needs no image."""
    return make_plan(config, num_examples)


def expectation_of(a_plan: Plan, dataset: Dataset) -> list[str]:
    """What recorded runs of about this size and budget gave, as one text; nothing where no privacy is spent."""
    if not a_plan.stages:
        return []
    ratio = noise_over_signal(a_plan, dataset.num_classes)
    return [expectation(a_plan.num_examples, a_plan.epsilon, ratio).text()]


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
    ledger = generator_training.make_session(training_plan, dataset).complete(show_progress)
    steps = max((ledger.booked(stage.name) for stage in training_plan.stages), default=config.steps)
    return TrainResult(config.model_dir, ledger.epsilon(config.delta), config.delta, steps)


def finished_before(a_plan: Plan) -> str | None:
    """How to say that the run of this plan has ended before, so that `train` will do nothing; None where it has not.

    `train` refuses other images by their fingerprints. A copy that came without its `private/` has none, nor has a run
    on public images.
    """
    run_dir = RunDirectory(a_plan.config.model_dir)
    if not run_dir.is_finished:
        return None
    known = Fingerprints.load(run_dir.private) is not None
    return "was finished before, " + ("with these images" if known else "with which images cannot be told here")


def check(training_plan: Plan, dataset: Dataset) -> None:
    """Raises what `train` would raise before it begins, for settings, data and networks; writes and trains nothing."""
    generator_training.make_session(training_plan, dataset)


def plan_classifier(config: ClassifierConfig, num_examples: int) -> Plan:
    """What training a classifier on `num_examples` images would take from them and cost. Needs no image."""
    return make_classifier_plan(config, num_examples)


def train_classifier(classifier_plan: Plan, dataset: Dataset, show_progress: bool = True) -> ClassifierResult:
    """Trains a classifier under DP-SGD and releases it, or goes on with an unfinished run in the same directory.

    The network is released as `released/classifier/classifier.keras` (tf_keras' format): images `[batch, height, width,
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
    config = classifier_plan.config
    session = classifier_training.make_session(classifier_plan, dataset)
    ledger = session.complete(show_progress)
    classifier = classifier_training.released_classifier(session.run_dir)
    steps = max((ledger.booked(stage.name) for stage in classifier_plan.stages), default=config.steps)
    accuracy = classifier_training.accuracy_on_test_images(classifier, dataset)
    return ClassifierResult(config.model_dir, accuracy, ledger.epsilon(config.delta), config.delta, steps)


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
    drawn_from = source_of(source, sampler_config(config)) if config.model_dir or _is_tflite(source) else None
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


def slim(config: SlimConfig, show_progress: bool = True) -> Report:
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
    from tfdpgan.slimming.slimming import make_session
    from tfdpgan.slimming.teacher import Teacher

    teacher = Teacher.load(config.model_dir)
    dataset = load_data(teacher.settings_of(config)) if config.reads_data else None
    if dataset and not config.fine_tuning_steps:  # these train on what the teacher was trained on
        dataset, _ = without_training_images(dataset, teacher.run_dir.private)
    session = make_session(config, teacher, dataset if config.fine_tuning_steps else None)
    run_dir, settings, big = session.run_dir, session.plan.config, teacher.generator
    quality = measurements.ImageQuality(settings, big, dataset)  # before the hours: its weights may be missing
    ledger = session.complete(show_progress)
    small = ReleasedGenerator.load(run_dir.generator)
    content = report.compare(big, small, ledger, settings)
    content |= measurements.measure(big, small, content["compute_ratio"], quality, measure_file, show_progress)
    paths = report.write(content, big, small, run_dir, image_grid)
    return Report(content, report.render_table(content), paths)


def load_generator(model_dir: str) -> ReleasedGenerator:
    """The released generator of a run, or that in a .tflite file; raises ValueError when there is none (yet)."""
    if _is_tflite(model_dir):
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


def _range_of(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    black, white = map(float, text.split(","))
    return black, white


def _is_tflite(path: str) -> bool:
    return Path(path).suffix.lower() == ".tflite"


def source_of(model_dir: str, settings: SamplerConfig | None = None) -> samplers.Source:
    """What samplers draw from: a run, or a .tflite file, which has a generator alone."""
    run_dir = None if _is_tflite(model_dir) else RunDirectory(model_dir)
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
        model_dir, num_images, class_name, seed, sampler, **settings: as for `draw`, which also returns the mark.
        output: `x.npz`, `x.tfrecord`, `x.png` (one grid), or else a folder.

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
