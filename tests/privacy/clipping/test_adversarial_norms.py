# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the norms of every layer rule: no example may add more than the clip to the sum, whatever it holds."""

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf
import tf_keras as keras

from tests.privacy.clipping.adversary import Arena, cancelling, climb
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.privacy.clipping.layer_rules import RULES, filter_gradients

MOST = 1 + 1e-5
EVALUATIONS_OF_A_RULE = 10_000

layers = keras.layers


def _layer(kind, *args, **kwargs):
    return lambda: kind(*args, **kwargs)


# name -> (layer type, arguments, keyword arguments, shape of what a call sees, calls)
CASES = {
    "dense": (layers.Dense, (8,), {}, (6,), 1),
    "dense_twice": (layers.Dense, (64,), {"use_bias": False}, (64,), 2),
    "dense_twice_with_bias": (layers.Dense, (96,), {}, (300,), 2),
    "dense_on_two_tokens": (layers.Dense, (512,), {"use_bias": False}, (2, 512), 1),
    "dense_on_many_tokens": (layers.Dense, (64,), {"use_bias": False}, (24, 64), 1),
    "dense_on_many_tokens_twice": (layers.Dense, (160,), {}, (17, 96), 2),
    "dense_instantiated": (layers.Dense, (3,), {}, (20, 4), 1),
    "dense_on_images": (layers.Dense, (48,), {}, (4, 4, 48), 1),
    "embedding": (layers.Embedding, (4, 3), {}, (), 1),
    "embedding_twice": (layers.Embedding, (4, 8), {}, (2, 3), 2),
    "embedding_of_many": (layers.Embedding, (3, 64), {}, (40,), 1),
    "layer_norm": (layers.LayerNormalization, (), {}, (5, 4, 6), 1),
    "layer_norm_twice": (layers.LayerNormalization, (), {}, (5, 6), 2),
    "group_norm": (layers.GroupNormalization, (2,), {}, (5, 4, 6), 1),
    "group_norm_twice": (layers.GroupNormalization, (3,), {}, (6,), 2),
    "prelu": (layers.PReLU, (), {"shared_axes": [1, 2]}, (4, 5, 3), 1),
    "prelu_twice": (layers.PReLU, (), {}, (4, 5, 3), 2),
    "depthwise": (layers.DepthwiseConv2D, (3,), {"strides": 2, "use_bias": False}, (9, 8, 4), 1),
    "depthwise_dilated_twice": (
        layers.DepthwiseConv2D,
        (3,),
        {"dilation_rate": 2, "depth_multiplier": 3},
        (7, 6, 2),
        2,
    ),
    "depthwise_same": (layers.DepthwiseConv2D, ((2, 3),), {"padding": "same"}, (5, 6, 4), 1),
}
for transposed, prefix in ((False, "conv"), (True, "transpose")):
    kind = layers.Conv2DTranspose if transposed else layers.Conv2D
    for strides, rate in ((1, 1), (2, 1), (3, 1), (1, 2)):
        for padding in ("same", "valid"):
            settings = {"strides": strides, "dilation_rate": rate, "padding": padding, "use_bias": padding == "same"}
            for calls in (1, 2):
                name = f"{prefix}_stride{strides}_rate{rate}_{padding}_calls{calls}"
                CASES[name] = (kind, (32, 3), settings, (4, 4, 32) if transposed else (8, 7, 32), calls)
    CASES[f"{prefix}_by_patches"] = (kind, (3, 4), {"strides": 2}, (4, 5, 2) if transposed else (9, 8, 2), 1)
CASES |= {
    "conv_in_groups": (layers.Conv2D, (64, 3), {"groups": 2, "padding": "same"}, (6, 6, 64), 1),
    "conv_in_groups_twice": (layers.Conv2D, (64, 3), {"groups": 2, "use_bias": False}, (5, 5, 64), 2),
    "conv_of_one_pixel": (layers.Conv2D, (64, 1), {}, (5, 5, 64), 1),
    "conv_to_a_point": (layers.Conv2D, (8, 4), {}, (4, 4, 16), 1),
    "conv_3x3_64_on_8x8": (layers.Conv2D, (64, 3), {"padding": "same", "use_bias": False}, (8, 8, 64), 1),
    "conv_5x5_stride_2_128_to_256_on_9x9": (
        layers.Conv2D,
        (256, 5),
        {"strides": 2, "padding": "same", "use_bias": False},
        (9, 9, 128),
        1,
    ),
    "conv_4x4_512_on_5x5": (layers.Conv2D, (512, 4), {"padding": "same", "use_bias": False}, (5, 5, 512), 1),
}
# The norms of these are taken from Gram matrices of pixels whatever it costs, so that small layers test them.
BY_PIXELS = [name for name, case in CASES.items() if "stride" in name and case[4] == 1]
BY_PIXELS += ["conv_in_groups", "conv_3x3_64_on_8x8"]
HEAVY = ["conv_5x5_stride_2_128_to_256_on_9x9", "conv_4x4_512_on_5x5"]
IN_THE_GATE = {
    "dense": 200,
    "dense_twice": 1000,
    "dense_on_many_tokens": 500,
    "embedding_of_many": 500,
    "conv_3x3_64_on_8x8": 1500,
    "conv_stride2_rate1_same_calls1": 300,
    "transpose_stride2_rate1_same_calls1": 300,
    "conv_stride1_rate1_valid_calls2": 200,
    "conv_5x5_stride_2_128_to_256_on_9x9": 600,
    "conv_4x4_512_on_5x5": 200,
    "depthwise_same": 200,
    "group_norm": 200,
    "layer_norm": 200,
    "prelu": 200,
}


def arena_of(name: str, method: str = "book_keeping") -> Arena:
    kind, args, kwargs, shape, calls = CASES[name]
    keras.utils.set_random_seed(1)
    return Arena(_layer(kind, *args, **kwargs), shape, calls, args[0] if kind is layers.Embedding else 0, method)


def search(name: str, evaluations: int, method: str = "book_keeping") -> None:
    with pytest.MonkeyPatch.context() as patch:
        if name in BY_PIXELS:
            patch.setattr(filter_gradients, "_gram_is_cheaper", lambda *_: True)
        arena = arena_of(name, method)
        largest, examples = climb(arena, evaluations)
        print(f"{name}: {largest:.7f} clips")
        # A search that never reaches the clip attacks nothing.
        assert 0.99 < largest <= MOST
        # Beside other examples of this kind it adds no more.
        for company in (2, 8):
            beside = tuple(tensor[:company] for tensor in examples)
            assert max(arena.contribution_in_company(beside, index) for index in range(2)) <= MOST


def test_every_rule_is_attacked():
    assert {case[0] for case in CASES.values()} == set(RULES)
    assert {CASES[name][0] for name in IN_THE_GATE} == set(RULES)


@pytest.mark.parametrize("name", IN_THE_GATE)
def test_a_short_search_finds_no_example_above_the_clip(name):
    search(name, IN_THE_GATE[name])


@pytest.mark.parametrize("name", ["dense_twice", "conv_stride2_rate1_valid_calls2"])
def test_a_short_search_finds_none_by_vectorized_map_either(name):
    search(name, 100, "vectorized_map")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_long_search_finds_no_example_above_the_clip(name):
    siblings = [other for other, case in CASES.items() if case[0] is CASES[name][0] and other not in HEAVY]
    search(name, 2000 if name in HEAVY else max(2000, -(-EVALUATIONS_OF_A_RULE // len(siblings))))


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize(
    ("width", "value", "gradient", "eta"),
    [(64, 1.0319, 1.1208, 0.0014), (512, 1.9987, 1.3901, 0.0038), (2048, 1.0960, 1.5924, 0.00437)],
)
def test_two_positions_that_nearly_cancel_add_no_more_than_the_clip(width, value, gradient, eta, twice):
    """One example of each kind, and a hundred near it: which of them is worst depends on the order of a sum."""
    arena = Arena(_layer(layers.Dense, width, use_bias=False), (width,) if twice else (2, width), calls=1 + twice)
    near = 1 + np.linspace(0, 0.01, 100)[:, np.newaxis] * np.array([[1.0, 0.7, 0.4]])
    values, gradients, etas = (near * [value, 100 * gradient, eta]).T
    signs = np.tile([1, -1], 100).reshape(100, 1 + twice, -1)
    examples = cancelling(arena, values[:, None], gradients[:, None], etas, signs)
    found = arena.contributions(examples)
    assert found.max() <= MOST
    # Nor are they drowned in the margin: these are 1000 to 3000 times smaller than what cancels in them.
    assert found.min() > 0.7


@pytest.mark.parametrize("head", ["squared_distance", "sum_of_differences"])
def test_a_siamese_pair_of_flat_pictures_adds_the_clip_and_no_more(head):
    """A dense layer that is called on two views, with default initialisers; grey pictures of nearly the same grey."""
    keras.utils.set_random_seed(1)
    dense, views = layers.Dense(128, use_bias=False), [keras.Input((784,)), keras.Input((784,))]
    difference = layers.Subtract()([dense(view) for view in views])
    measure = tf.square if head == "squared_distance" else tf.abs
    model = keras.Model(views, tf.reduce_sum(measure(difference), axis=1))
    rng = np.random.default_rng(0)
    greys = rng.uniform(0.1, 1, 200)
    other_greys = greys * (1 + 10 ** rng.uniform(-5, -0.5, 200) * rng.choice([1, -1], 200))

    @tf.function
    def gradients(*pair):
        return clipped_gradient_sum(lambda *pair: model(pair), pair, model, 1.0, method="book_keeping").gradients

    for pair in zip(greys, other_greys, strict=True):
        pictures = tuple(np.full((1, 784), grey, np.float32) for grey in pair)
        [contribution] = [np.linalg.norm(gradient.numpy().astype(np.float64)) for gradient in gradients(*pictures)]
        # What the layer is given, in float64: d/dW of the measure of (x - y) W.
        change = np.float64(pictures[0]) - pictures[1]
        result = change @ dense.kernel.numpy().astype(np.float64)
        slope = 2 * result if head == "squared_distance" else np.sign(result)
        norm = np.linalg.norm(change) * np.linalg.norm(slope)
        assert contribution <= MOST
        assert contribution >= 0.95 * min(1, norm)


def test_products_that_overflow_refuse_an_example():
    """Inner products of 2048 entries of 1e18 overflow; shorter sums of their squares do not."""
    arena = Arena(_layer(layers.Dense, 64, use_bias=False), (24, 2048))
    signs = np.tile([1, -1, 1], 8).reshape(1, 1, -1)
    for scale in (1e17, 1e18, 1.5e18, 1e19, 1e20):
        examples = cancelling(arena, np.full((1, 1), scale), np.full((1, 1), 1e-10), np.array([0.01]), signs)
        assert arena.contributions(examples)[0] <= MOST
