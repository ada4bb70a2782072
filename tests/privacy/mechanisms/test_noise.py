# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The noise is Gaussian with the stated variance, never repeats, and leaves no trace of the number it was added to."""

import copy
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import tfdpgan
from tfdpgan.privacy.mechanisms.noise import GaussianNoise

FALSE_ALARM_RATE = 1e-6  # of each statistical test below, two-sided where a variance is tested


def zeros() -> list[tf.Tensor]:
    return [tf.zeros([40, 50]), tf.zeros([3000])]


def flat(tensors) -> np.ndarray:
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def any_share_noise(draws) -> bool:
    """True if two draws agree in more than one coordinate of a hundred; by chance one in 3e7 agrees."""
    pairs = [(first, second) for i, first in enumerate(draws) for second in draws[:i]]
    return any(np.mean(first == second) > 0.01 for first, second in pairs)


def variance_is_accepted(samples: np.ndarray, stddev: float) -> bool:
    statistic = np.sum(samples.astype(np.float64) ** 2) / stddev**2
    lower, upper = scipy.stats.chi2.ppf([FALSE_ALARM_RATE / 2, 1 - FALSE_ALARM_RATE / 2], df=samples.size)
    return bool(lower < statistic < upper)


@pytest.fixture(params=["eager", "graph"])
def add(request):
    def add_with(noise: GaussianNoise, stddev: float = 1.0):
        return noise.add(zeros(), stddev)

    return add_with if request.param == "eager" else tf.function(add_with)


def test_variance_is_accepted_as_stated_and_rejected_when_off_by_a_third(add):
    samples = flat(add(GaussianNoise(), 2.5))
    assert variance_is_accepted(samples, 2.5)
    assert not variance_is_accepted(samples, 2.5 * np.sqrt(4 / 3))
    assert not variance_is_accepted(samples, 2.5 * np.sqrt(2 / 3))


def test_samples_are_normal(add):
    samples = flat(add(GaussianNoise()))
    assert scipy.stats.kstest(samples, "norm").pvalue > FALSE_ALARM_RATE
    assert not scipy.stats.kstest(samples * 1.3, "norm").pvalue > FALSE_ALARM_RATE
    assert scipy.stats.normaltest(samples).pvalue > FALSE_ALARM_RATE  # third and fourth moments


def test_tensors_of_one_call_and_successive_calls_are_uncorrelated():
    noise = GaussianNoise()
    draws = [tensor.numpy() for _ in range(2) for tensor in noise.add([tf.zeros(5000), tf.zeros(5000)], 1.0)]
    for i, first in enumerate(draws):
        for second in draws[:i]:
            assert scipy.stats.pearsonr(first, second).pvalue > FALSE_ALARM_RATE


def test_zero_stddev_adds_nothing():
    tensors = [tf.range(6.0), tf.constant([1e-20, 0.1, -3.7e12, 0.0]), tf.constant([0.1], tf.float64)]
    for stddev in (0, tf.constant(0.0)):
        for noised, tensor in zip(GaussianNoise().add(tensors, stddev), tensors, strict=True):
            np.testing.assert_array_equal(noised, tensor)


@pytest.mark.parametrize("stddev", [1e-37, 1e30])
def test_the_ends_of_the_range(stddev):
    samples = GaussianNoise().add([tf.zeros(2000, tf.float64)], stddev)[0].numpy()
    assert variance_is_accepted(samples, stddev)


def test_a_float32_sum_betrays_what_it_hides_and_ours_does_not():
    """1 + noise below 1/4 is a multiple of 2^-24 in float32, and 0 + noise need not be: one look tells them apart."""

    def share_off_the_lattice(sums: tf.Tensor) -> float:
        small = sums.numpy().astype(np.float64)[np.abs(sums) < 0.25]
        return float(np.mean(small * 2**24 != np.round(small * 2**24)))

    zeros_and_ones = [tf.fill([100_000], value) for value in (0.0, 1.0)]
    plain = [share_off_the_lattice(tensor + tf.random.normal(tensor.shape)) for tensor in zeros_and_ones]
    assert plain[0] > 0.5 and plain[1] == 0.0
    assert [share_off_the_lattice(sums) for sums in GaussianNoise().add(zeros_and_ones, 1.0)] == [0.0, 0.0]


@pytest.mark.parametrize("value", [0.0, 1.0, -0.3, 2000.1])
def test_every_point_of_the_lattice_is_as_likely_whatever_the_number(value):
    tensor = tf.fill([50_000], tf.constant(value, tf.float64))
    points = GaussianNoise().add([tensor], 1.5)[0].numpy() * 2**20  # the largest power of two in 1.5 is 1
    np.testing.assert_array_equal(points, np.round(points))
    last_bits = np.bincount(points.astype(np.int64) % 16, minlength=16)
    assert scipy.stats.chisquare(last_bits).pvalue > FALSE_ALARM_RATE


@pytest.mark.parametrize("value", [0.0, 1.0, -0.3, 8191.7])
def test_the_addition_is_exact_on_a_lattice_that_the_standard_deviation_alone_decides(value):
    """So what is released is a function of a rounded number and of noise that knows nothing of it."""
    count, stddev = 5000, 0.855
    noised = GaussianNoise(seed=4).add([tf.fill([count], tf.constant(value, tf.float64))], stddev)[0].numpy()
    alone, _ = GaussianNoise(seed=4)._noise(np.array(count), np.array(stddev))
    fine = 2.0**-33  # the largest power of two in the standard deviation is 1/2
    as_integers = np.array([round(value / fine)] * count, dtype=object) + [int(n) for n in alone / fine]
    expected = [round(Fraction(int(total), 2**12)) * 2.0**-21 for total in as_integers]
    np.testing.assert_array_equal(noised, expected)


def test_shapes_and_dtypes_are_kept():
    tensors = [tf.zeros([]), tf.zeros([2, 0, 3]), tf.ones([2, 2], tf.float64)]
    noised = GaussianNoise().add(tensors, 1.0)
    assert [(t.shape, t.dtype) for t in noised] == [(t.shape, t.dtype) for t in tensors]
    assert GaussianNoise().add([], 1.0) == []


def test_unknown_shapes_are_noised():
    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def add(tensor):
        return GaussianNoise(seed=0).add([tensor], 1.0)[0]

    assert add(tf.zeros([500, 3])).shape == (500, 3)
    assert np.unique(add(tf.zeros([500, 3]))).size > 1400


@pytest.mark.parametrize("stddev", [-1.0, float("nan"), float("inf"), 1e-50, 1e39, "one", None])
def test_bad_stddev_is_refused(stddev):
    with pytest.raises(ValueError, match="Received"):
        GaussianNoise().add([tf.zeros(2)], stddev)


@pytest.mark.parametrize("stddev", [-1.0, float("nan"), float("inf")])
def test_bad_stddev_tensor_is_refused_at_execution(stddev):
    @tf.function
    def add(stddev):
        return GaussianNoise(seed=0).add([tf.zeros(2)], stddev)

    add(tf.constant(1.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="stddev"):
        add(tf.constant(stddev))


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.int32])
def test_low_precision_is_refused(dtype):
    with pytest.raises(ValueError, match=f"Received: {dtype.name}"):
        GaussianNoise().add([tf.zeros(2, dtype)], 1.0)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True])
def test_bad_seed_and_step_are_refused(seed):
    with pytest.raises(ValueError, match="Received"):
        GaussianNoise(seed=seed)
    with pytest.raises(ValueError, match="Received"):
        GaussianNoise(seed=0).rewind(seed)


def test_a_fixed_seed_is_not_private():
    assert GaussianNoise().is_private
    assert not GaussianNoise(seed=0).is_private


def test_no_two_executions_share_noise(add):
    noise = GaussianNoise()
    draws = [flat(add(noise)) for _ in range(4)]
    assert np.unique(np.concatenate(draws)).size > 0.99 * 4 * draws[0].size
    assert not any_share_noise(draws)


def test_one_trace_of_a_function_draws_anew_at_every_execution_and_in_every_pass_of_a_loop():
    noise = GaussianNoise()

    @tf.function
    def steps():
        total = tf.TensorArray(tf.float32, size=3)
        for i in tf.range(3):
            total = total.write(i, noise.add([tf.zeros(100)], 1.0)[0])
        return total.stack()

    draws = np.concatenate([steps().numpy(), steps().numpy()])
    assert steps.experimental_get_tracing_count() == 1
    assert not any_share_noise(draws)


def test_two_objects_and_a_copy_never_share_noise():
    noise = GaussianNoise()
    noise.add(zeros(), 1.0)
    draws = [flat(other.add(zeros(), 1.0)) for other in (noise, GaussianNoise(), copy.deepcopy(noise))]
    assert not any_share_noise(draws)


def test_the_global_seed_has_no_influence():
    draws = []
    for _ in range(2):
        tf.random.set_seed(7)
        np.random.seed(7)
        draws.append(flat(GaussianNoise().add(zeros(), 1.0)))
    assert not any_share_noise(draws)


FORK = """
import os
import tensorflow as tf
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
noise = GaussianNoise()
noise.add([tf.zeros(4)], 1.0)
for child in range(3):
    pid = os.fork()
    if pid == 0:
        # One write per child: a pipe keeps it whole.
        tensors = [*noise.add([tf.zeros(4)], 1.0), *GaussianNoise().add([tf.zeros(4)], 1.0)]
        line = " ".join(str(x) for tensor in tensors for x in tensor.numpy())
        os.write(1, (line + "\\n").encode())
        os._exit(0)
    os.waitpid(pid, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_never_share_noise():
    root = os.path.dirname(os.path.dirname(tfdpgan.__file__))
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        cwd=root, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    draws = np.array(result.stdout.split(), dtype=np.float64).reshape(3 * 2, 4)
    assert not any_share_noise(draws)


def test_a_checkpoint_finds_no_state_in_the_noise(tmp_path):
    class Holder(tf.Module):
        def __init__(self, noise):
            super().__init__()
            self.noise = noise
            self.weight = tf.Variable(1.0)

    noise = GaussianNoise()
    holder = Holder(noise)
    checkpoint = tf.train.Checkpoint(holder=holder)
    path = checkpoint.save(str(tmp_path / "checkpoint"))
    saved = {name for name, _ in tf.train.list_variables(path)}
    assert not any("noise" in name for name in saved)
    first = flat(noise.add(zeros(), 1.0))
    checkpoint.restore(path).assert_consumed()
    assert not any_share_noise([first, flat(noise.add(zeros(), 1.0))])


def test_seeded_noise_is_a_function_of_seed_and_step(add):
    uninterrupted = GaussianNoise(seed=3)
    steps = [flat(add(uninterrupted)) for _ in range(4)]
    resumed = GaussianNoise(seed=3)
    resumed.rewind(2)
    np.testing.assert_array_equal(flat(add(resumed)), steps[2])
    np.testing.assert_array_equal(flat(add(resumed)), steps[3])
    assert not any_share_noise([*steps, flat(add(GaussianNoise(seed=4)))])


def test_rewind_never_replays_private_noise(add):
    noise = GaussianNoise()
    noise.rewind(0)
    first = flat(add(noise))
    noise.rewind(0)
    assert not any_share_noise([first, flat(add(noise))])
