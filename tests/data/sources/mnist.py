# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keras' file of MNIST."""

from tests.data.sources.npz import write

__all__ = ["write"]
