# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from tests.slimming.pruned import ROWS, build
from tfdpgan import models
from tfdpgan.models import ModelConfig
from tfdpgan.models.complexity import measure_complexity


def test_the_stock_dcgan_costs_what_was_published():
    """3 574 784 weights, 14.3 MB, "408.5 MFLOPs"; in truth 104.6 million multiplications."""
    config = ModelConfig(architecture="dcgan64", latent_dim=100, generator_width=64)
    cost = measure_complexity(models.build_generator(models.ImageShape(64, 64, 3, 1), config), 100)
    assert cost.weights == 3_574_784
    assert cost.parameters == 3_574_784 + 2 * 960
    assert cost.num_bytes(32) / 1e6 == pytest.approx(14.3, abs=0.05)
    assert (cost.num_bytes(16), cost.num_bytes(8)) == (2 * cost.parameters, cost.parameters)
    assert cost.mflops_at_output == pytest.approx(408.5, abs=0.05)
    assert cost.macs / 1e6 == pytest.approx(104.6, abs=0.05)
    assert len(cost.layers) == 5 and "104,6" in cost.render_table()


@pytest.mark.parametrize("row", ROWS)
def test_every_kernel_of_every_architecture_is_counted(row):
    generator = build(*row)
    cost = measure_complexity(generator, 5)
    kernels = [variable for variable in generator.trainable_variables if variable.shape.rank > 1]
    assert {layer.kernel.ref() for layer in cost.layers} == {kernel.ref() for kernel in kernels}
    assert cost.to_json()["weights"] == sum(kernel.shape.num_elements() for kernel in kernels)


@pytest.mark.parametrize("row", ROWS)
def test_what_half_the_channels_would_cost_is_what_the_small_generator_costs(row):
    generator = build(*row)
    axes = generator.channel_axes()
    masks = [np.arange(axis.num_channels) < max(1, axis.num_groups // 2) * axis.group_size for axis in axes]
    small = build(*row, channels=[int(mask.sum()) for mask in masks])
    expected = measure_complexity(small, 5).macs
    assert measure_complexity(generator, 5).macs_with(axes, masks) == pytest.approx(expected)
    with pytest.raises(ValueError, match="another network"):
        measure_complexity(small, 5).macs_with(axes, masks)
