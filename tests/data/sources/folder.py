# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Photographs in folders of their split and class."""

from tests.data.sources.cifar10 import write

__all__ = ["write"]
