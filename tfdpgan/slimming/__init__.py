# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Smaller generators: distilled, pruned, quantised, with the guarantee of the generator that they come from."""
