# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with a .tflite file."""


class ExportError(ValueError):
    """A file that cannot be made or used, told in one line: what was wrong, what is allowed, what to try."""
