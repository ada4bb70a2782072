# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a private step costs in time and memory, beside that of other libraries."""
