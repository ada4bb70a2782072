# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keras optimizers, and Model.fit, whose gradients come from a private step."""
