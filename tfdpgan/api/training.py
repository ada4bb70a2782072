# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""From images to a generator: load, plan, train, slim."""

from __future__ import annotations

from tfdpgan import data
from tfdpgan.config import DataConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.facts import DataFacts
from tfdpgan.data.fingerprints import Fingerprints, without_training_images
from tfdpgan.export.trial_conversion import measure_file
from tfdpgan.generation.grid import image_grid
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods import generator_training
from tfdpgan.methods.classifier import training as classifier_training
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.expectation import expectation, noise_over_signal
from tfdpgan.methods.expected_time import ExpectedTime, expected_time
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.results import ClassifierResult, Report, TrainResult
from tfdpgan.run import RunDirectory
from tfdpgan.slimming.slim_config import SlimConfig
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
    is_pretrained = a_plan.config.pretrained is not None
    return [expectation(a_plan.num_examples, a_plan.epsilon, ratio, is_pretrained).text()]


def expected_time_of(a_plan: Plan, dataset: Dataset) -> ExpectedTime | None:
    """How long the plan will take here, from a few of its steps on made-up images; None where these cannot tell."""
    return expected_time(a_plan, DataFacts.of(dataset))


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


def _range_of(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    black, white = map(float, text.split(","))
    return black, white
