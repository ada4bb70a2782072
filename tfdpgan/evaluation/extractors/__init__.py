# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Feature extractors, one file each; the table that names them is `tfdpgan.evaluation.features.EXTRACTORS`."""
