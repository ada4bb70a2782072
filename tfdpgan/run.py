# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The run directory: names and paths, atomic reads and writes. All that the tools share.

config.json        every resolved setting, versions, command line, parent run
ledger.json        the events, what is booked and what is done, epsilon at several deltas
privacy_card.md    written by the program; privacy_card.json is the same for machines
metrics.jsonl      one JSON object per logged step
samples/           grids of generated images, never of private ones
released/          what may leave the run:
  generator/         the generator (averaged weights) with its signature
  generators/        step_000100 ...: the same as it was at earlier steps, where --snapshots_every asks for them
  discriminator/     where the method permits it, with what it may be used for
  classifier/        of train_dp_classifier.py
  auxiliary_classifier/  the classifier that a generator learned from, where there was one
private/           what only the trainer may see, never copied, exported or drawn from: training state
                   (checkpoints/), times, TensorBoard's logs, figures of private images
export/            *.tflite, written by export_tflite.py
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from tfdpgan.files import atomic
from tfdpgan.files.complete import complete_folder
from tfdpgan.files.lock import LockedError, locked

PRIVATE = "private"
_PRIVATE_NOTE = "What lies in this folder is not covered by the privacy guarantee of the run: do not share it.\n"


class RunError(ValueError):
    """A run directory that cannot be used: the message says what is wrong and what to try."""


class RunDirectory:
    """The files of one run. Nothing is created before `create`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.config = self.path / "config.json"
        self.ledger = self.path / "ledger.json"
        self.card = self.path / "privacy_card.md"
        self.card_json = self.path / "privacy_card.json"
        self.metrics = self.path / "metrics.jsonl"
        self.samples = self.path / "samples"
        self.private = self.path / PRIVATE
        self.checkpoints = self.private / "checkpoints"
        self.times = self.private / "times.jsonl"
        self.tensorboard = self.private / "tensorboard"  # its files hold the time of each entry
        # Runs of earlier versions have these beside config.json, and can be read.
        self.released = self.path if self.has_earlier_layout else self.path / "released"
        self.generator = self.released / "generator"
        self.generators = self.released / "generators"
        self.discriminator = self.released / "discriminator"
        self.classifier = self.released / "classifier"
        self.auxiliary_classifier = self.released / "auxiliary_classifier"
        self.sparse_training = self.path / "sparse_training.json"

    def create(self) -> None:
        """Makes the directory; raises RunError where that cannot be."""
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"--model_dir={self.path} is a file. Give the path of a folder.")
        if self.path.is_dir() and any(self.path.iterdir()) and not self.config.exists():
            raise RunError(f"--model_dir={self.path} holds other files and no run. Give an empty or a new folder.")
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            self.released.mkdir(exist_ok=True)
            self.make_private()
            self.checkpoints.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise RunError(
                f"--model_dir={self.path} cannot be written ({error.strerror}). Give a folder that you may write to."
            ) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the run for this process; a second process on the same run is refused, not interleaved."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path))
            except LockedError:
                raise RunError(
                    f"Another process is training in {self.path}. Wait for it, or give another --model_dir."
                ) from None
            yield

    @property
    def exists(self) -> bool:
        """Whether a run has been started here."""
        return self.config.exists()

    @property
    def has_earlier_layout(self) -> bool:
        """Whether the run was begun by a version that kept training state and networks beside config.json."""
        return (self.path / "checkpoints").is_dir()

    @property
    def has_results(self) -> bool:
        """Whether anything has come of the run: a checkpoint, a release, a card, a log, a network."""
        made = (self.card_json, self.metrics, self.generator, self.classifier, self.generators)
        return any(path.exists() for path in made) or (self.checkpoints.is_dir() and any(self.checkpoints.iterdir()))

    @property
    def is_finished(self) -> bool:
        """Whether the run has released its generator or classifier."""
        return self.generator.is_dir() or self.classifier.is_dir()

    def snapshots(self) -> list[tuple[int, Path]]:
        """The generators that were kept on the way: step and folder, in order; none where none were asked for."""
        return sorted((int(folder.name.removeprefix("step_")), folder) for folder in self.generators.glob("step_*"))

    def generator_pair(self) -> dict[str, Path]:
        """The sparse and the dense generator that sparse training kept, by those names; none from other trainings."""
        folders = {name: self.generators / name for name in ("sparse", "dense")}
        return {name: folder for name, folder in folders.items() if folder.is_dir()}

    def read_config(self) -> dict[str, Any]:
        """The object in config.json; raises RunError when there is none."""
        try:
            return json.loads(self.config.read_text())
        except FileNotFoundError:
            raise RunError(f"There is no run in {self.path} (no config.json). Train one with train_dpgan.py.") from None
        except (OSError, json.JSONDecodeError) as error:
            raise RunError(f"{self.config} cannot be read ({error}). Train again in another folder.") from None

    def write_config(
        self,
        config: dict[str, Any],
        data: dict[str, Any],
        parent: dict[str, Any] | None = None,
        withheld: Mapping[str, str] | None = None,
    ) -> None:
        """Writes config.json: the settings, public facts of the data, versions, command line, parent run, and which
        networks stay in the run, with the reason.
        """
        value = {"config": config, "data": data, "versions": versions(), "command": command_line(), "parent": parent}
        atomic.write_json_atomically(self.config, {**value, "withheld": dict(withheld or {})})

    def make_private(self) -> Path:
        """The folder `private/`, made where it is not there."""
        return private_folder(self.path)

    def append_times(self, times: dict[str, Any]) -> None:
        """Adds one line to the log of times: how long a step takes depends on how many images were drawn."""
        self.make_private()
        with open(self.times, "a") as file:
            file.write(json.dumps(times) + "\n")

    def append_metrics(self, metrics: dict[str, Any]) -> None:
        """Adds one line to metrics.jsonl."""
        with open(self.metrics, "a") as file:
            file.write(json.dumps(metrics) + "\n")

    def read_metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, without a last one that a crash cut; none where nothing was logged."""
        entries = []
        for line in self.metrics.read_text().splitlines() if self.metrics.exists() else []:
            with contextlib.suppress(json.JSONDecodeError):
                entries.append(json.loads(line))
        return entries

    def drop_metrics_after(self, phase_order: list[str], phase: str, step: int) -> None:
        """Forgets lines that a crash left beyond the checkpoint, so that no step is logged twice."""
        if not self.metrics.exists():
            return
        kept = []
        for entry in self.read_metrics():
            with contextlib.suppress(KeyError, ValueError):  # not a line of these phases
                if (phase_order.index(entry["phase"]), entry["step"]) <= (phase_order.index(phase), step):
                    kept.append(json.dumps(entry) + "\n")
        atomic.write_text_atomically(self.metrics, "".join(kept))

    @contextlib.contextmanager
    def replacing_folder(self, target: Path) -> Iterator[Path]:
        """A new folder to fill; it takes the place of `target` only when the block ends without an error."""
        with complete_folder(target, replace=True) as fresh:
            yield fresh


def private_folder(parent: Path) -> Path:
    """The folder `private/` in another one, which only its owner may open, with a note that says what it is."""
    folder = parent / PRIVATE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = folder / "README.txt"
    if not note.exists():
        note.write_text(_PRIVATE_NOTE)
    return folder


def results_folder(folder: str | os.PathLike[str], reads_private: bool) -> Path:
    """Where results go that are meant for `folder`: into its `private/` if private images were read for them."""
    return private_folder(Path(folder)) if reads_private else Path(folder)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result depends on; absent ones are left out."""
    names = ["tfdpgan", "tensorflow", "tensorflow-cpu", "tf-keras", "dp-accounting", "numpy", "tensorflow-privacy"]
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def command_line() -> str:
    """The command that runs now, with the program's folder left out."""
    program = os.path.basename(sys.argv[0]) or "python"
    if program.endswith("kernel_launcher.py"):  # its arguments are a file of the notebook server
        return "in a notebook"
    return " ".join([program, *sys.argv[1:]])
