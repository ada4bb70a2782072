# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Holds back one remark of TensorFlow that would be wrong here.

Every training traces its own step, once. TensorFlow counts traces by the line of the source, takes the fifth training
of a process for one function that is traced again and again, and says so with half a page.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

_REMARK = "triggered tf.function retracing"


def _is_other(record: logging.LogRecord) -> bool:
    return _REMARK not in str(record.msg)


@contextlib.contextmanager
def one_trace_a_training() -> Iterator[None]:
    """Without that remark; every other one of TensorFlow's is shown."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_other)
    try:
        yield
    finally:
        logger.removeFilter(_is_other)
