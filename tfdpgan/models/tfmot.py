# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What we take from TF-MOT, imported without the package `keras`.

TF-MOT looks for a class in `keras` as it is imported, and does without when there is none. With TensorFlow 2.15 that
import would register keras' classes under the names of tf_keras' own: from then on tf_keras would load saved models
with foreign layers and without their weights. So the package is hidden while TF-MOT is imported.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

__all__ = ["LastValueQuantizer", "PruningSchedule", "QuantizeConfig", "QuantizeWrapperV2", "Quantizer"]


@contextlib.contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Makes `import name` fail, unless the package is there already."""
    is_loaded = name in sys.modules
    if not is_loaded:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not is_loaded:
            del sys.modules[name]


with _hidden("keras"):
    from tensorflow_model_optimization.python.core.quantization.keras.quantize_wrapper import QuantizeWrapperV2
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_schedule import PruningSchedule
    from tensorflow_model_optimization.quantization.keras import QuantizeConfig
    from tensorflow_model_optimization.quantization.keras.quantizers import LastValueQuantizer, Quantizer
