# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from tfdpgan.losses import LOSSES

LOGITS = np.array([-2.0, -0.5, 0.0, 0.5, 2.0], np.float32)


def test_hinge_against_its_formula():
    loss = LOSSES["hinge"]()
    np.testing.assert_allclose(loss.real(LOGITS), np.maximum(0.0, 1.0 - LOGITS))
    np.testing.assert_allclose(loss.generated(LOGITS), np.maximum(0.0, 1.0 + LOGITS))
    np.testing.assert_allclose(loss.generator(LOGITS), -LOGITS)
