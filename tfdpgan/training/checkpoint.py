# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The state of a training on disk: weights, optimizers, the latents' random generator, the step of a phase.

Noise and Poisson draws are not in it, on purpose: a resumed run draws fresh ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import tensorflow as tf

from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunError
from tfdpgan.run_ledger import write_seal


class TrainingCheckpoint:
    """Saves and restores the step of a phase together with everything in `trackables`.

    Args:
        directory: the phase's folder in checkpoints/. The last two checkpoints are kept.
        trackables: what a checkpoint holds, by name.
    """

    def __init__(self, directory: Path, trackables: dict[str, tf.Module]) -> None:
        self._step = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._checkpoint = tf.train.Checkpoint(step=self._step, **trackables)
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(directory), max_to_keep=2)

    def restore(self) -> int:
        """Loads the newest checkpoint; returns the steps done (0: none yet)."""
        newest = self._manager.latest_checkpoint
        if newest is None:
            return 0
        try:
            self._checkpoint.restore(newest).assert_existing_objects_matched()
        except (tf.errors.OpError, ValueError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"The checkpoint {newest} cannot be restored ({reason}). Use another --model_dir.") from None
        return int(self._step)

    def seal(self, ledger: Ledger) -> None:
        """Notes beside the checkpoints which ledger they belong to, as it is on the disk now."""
        write_seal(Path(self._manager.directory), ledger)

    def save(self, step: int) -> None:
        """Writes a checkpoint; the one before stays until this one is whole. RunError when the disk refuses."""
        self._step.assign(step)
        try:
            self._manager.save()
        except tf.errors.OpError as error:
            for partial in Path(self._manager.directory).glob("*_temp"):
                shutil.rmtree(partial, ignore_errors=True)
            reason = str(error).splitlines()[0].rsplit(";")[-1].strip()
            raise RunError(
                f"The checkpoint could not be written to {self._manager.directory}: {reason}. Make room and give the "
                "same command again: it goes on from the checkpoint before."
            ) from None
