# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tries to refute a claimed epsilon: probes, canaries, attacks on releases, planted faults, and what that proves."""
