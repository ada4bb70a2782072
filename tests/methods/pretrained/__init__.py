# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
