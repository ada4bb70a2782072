# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from tfdpgan.losses import LOSSES

LOGITS = np.array([-2.0, -0.5, 0.0, 0.5, 2.0], np.float32)


def sigmoid(logits):
    return 1.0 / (1.0 + np.exp(-logits))


def test_cross_entropy_against_its_formula():
    loss = LOSSES["bce"]()
    np.testing.assert_allclose(loss.real(LOGITS), -np.log(sigmoid(LOGITS)), rtol=1e-5)
    np.testing.assert_allclose(loss.generated(LOGITS), -np.log(1.0 - sigmoid(LOGITS)), rtol=1e-5)
    np.testing.assert_allclose(loss.generator(LOGITS), -np.log(sigmoid(LOGITS)), rtol=1e-5)
