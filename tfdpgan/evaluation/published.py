# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Figures that others have published, to be read beside ours.

Protocols differ in classifiers, counts and accountants: a row says what its source printed, not what our evaluation
would give. Epsilons are at delta 1e-5; None stands for training without privacy.
"""

from __future__ import annotations

from dataclasses import dataclass

_BIE = "Bie, Kamath and Zhang 2023, Private GANs, Revisited"
_DPAC = "Chen et al. 2023, A Differentially Private GAN with DPAC (poster)"
_BENCH = "DPImageBench 2025"
_GANERATORS = "GANerators, GANs on MNIST (slides)"
_RE_GAN = "Saxena et al. 2023, Re-GAN"


@dataclass(frozen=True)
class Published:
    """One figure: `measure` is a key of evaluation.json, accuracies lie in [0, 1]."""

    dataset: str
    measure: str
    method: str
    epsilon: float | None
    value: float
    source: str


def _rows(dataset: str, measure: str, epsilon: float | None, source: str, **values: float) -> list[Published]:
    return [
        Published(dataset, measure, method.replace("__", " ").replace("_", "-"), epsilon, value, source)
        for method, value in values.items()
    ]


PUBLISHED: tuple[Published, ...] = (
    *_rows(
        "mnist",
        "gen2real_cnn",
        10,
        _DPAC,
        DP_CGAN=0.63,
        G_PATE=0.81,
        DataLens=0.81,
        DP_MERF=0.82,
        GS_WGAN=0.80,
        DP_Sinkhorn=0.83,
        DP_GAN_DPAC=0.88,
    ),
    *_rows("mnist", "gen2real_mlp", 10, _DPAC, DP_CGAN=0.60, DP_MERF=0.81, GS_WGAN=0.79, DP_Sinkhorn=0.80),
    *_rows(
        "mnist",
        "fid",
        10,
        _DPAC,
        DP_CGAN=179.20,
        G_PATE=150.62,
        DataLens=137.50,
        DP_MERF=121.40,
        GS_WGAN=61.34,
        DP_Sinkhorn=55.56,
        DP_GAN_DPAC=54.06,
    ),
    *_rows("mnist", "is", 10, _DPAC, G_PATE=5.16, DataLens=5.78, GS_WGAN=9.23, DP_GAN_DPAC=9.71),
    *_rows("mnist", "real2gen_cnn", 10, _DPAC, GS_WGAN=0.99, DP_GAN_DPAC=1.00),
    *_rows("mnist", "real2gen_mlp", 10, _DPAC, GS_WGAN=0.99, DP_GAN_DPAC=1.00),
    *_rows(
        "mnist",
        "gen2real_cnn",
        10,
        _BIE,
        DPGAN__450k__steps=0.930,
        DPGAN__adaptive__174k__steps=0.944,
        DPDM=0.981,
        DP_FETA=0.981,
    ),
    *_rows("mnist", "fid", 10, _BIE, DPGAN__450k__steps=19.4, DPGAN__adaptive__174k__steps=13.3),
    *_rows("mnist", "gen2real_cnn", 1, _BENCH, DP_GAN=0.924),
    *_rows("mnist", "gen2real_cnn", 10, _BENCH, DP_GAN=0.927),
    *_rows("mnist", "fid", 10, _BENCH, DP_GAN=30.3, DPDM=5.0, DP_FETA=3.4),
    *_rows(
        "mnist",
        "fid",
        None,
        _GANERATORS,
        GAN=26.84,
        GAN__with__collaborative__sampling=26.82,
        GAN__with__interpolation=21.81,
        both=21.35,
    ),
    *_rows("mnist", "precision", None, _GANERATORS, GAN=0.53, both=0.57),
    *_rows("mnist", "recall", None, _GANERATORS, GAN=0.25, both=0.19),
    *_rows(
        "fashion_mnist",
        "gen2real_cnn",
        10,
        _DPAC,
        DP_CGAN=0.46,
        G_PATE=0.69,
        DataLens=0.71,
        DP_MERF=0.73,
        GS_WGAN=0.65,
        DP_Sinkhorn=0.71,
        DP_GAN_DPAC=0.73,
    ),
    *_rows(
        "fashion_mnist",
        "gen2real_mlp",
        10,
        _DPAC,
        DP_CGAN=0.50,
        DP_MERF=0.71,
        GS_WGAN=0.65,
        DP_Sinkhorn=0.73,
        DP_GAN_DPAC=0.75,
    ),
    *_rows(
        "fashion_mnist",
        "fid",
        10,
        _DPAC,
        DP_CGAN=243.80,
        G_PATE=171.90,
        DataLens=167.70,
        DP_MERF=110.40,
        GS_WGAN=131.34,
        DP_Sinkhorn=129.40,
        DP_GAN_DPAC=90.77,
    ),
    *_rows("fashion_mnist", "is", 10, _DPAC, G_PATE=4.33, DataLens=4.58, GS_WGAN=5.32, DP_GAN_DPAC=6.60),
    *_rows("fashion_mnist", "real2gen_cnn", 10, _DPAC, GS_WGAN=0.85, DP_GAN_DPAC=0.98),
    *_rows("fashion_mnist", "real2gen_mlp", 10, _DPAC, GS_WGAN=0.85, DP_GAN_DPAC=0.97),
    *_rows("fashion_mnist", "gen2real_cnn", 1, _BENCH, DP_GAN=0.718),
    *_rows("fashion_mnist", "gen2real_cnn", 10, _BENCH, DP_MERF=0.62, DP_GAN=0.703, DPDM=0.856),
    *_rows("fashion_mnist", "fid", 10, _BENCH, DP_GAN=76.9),
    *_rows(
        "celeb_a",
        "gen2real_cnn",
        10,
        _DPAC,
        G_PATE=0.71,
        DataLens=0.73,
        GS_WGAN=0.66,
        DP_Sinkhorn=0.76,
        DP_GAN_DPAC=0.85,
    ),
    *_rows("celeb_a", "gen2real_mlp", 10, _DPAC, GS_WGAN=0.68, DP_Sinkhorn=0.76, DP_GAN_DPAC=0.80),
    *_rows(
        "celeb_a",
        "fid",
        10,
        _DPAC,
        G_PATE=350.92,
        DataLens=320.84,
        GS_WGAN=297.35,
        DP_Sinkhorn=168.40,
        DP_GAN_DPAC=139.99,
    ),
    *_rows("celeb_a", "is", 10, _DPAC, G_PATE=1.37, DataLens=1.42, GS_WGAN=1.85, DP_GAN_DPAC=1.90),
    *_rows(
        "cifar10",
        "fid",
        None,
        _RE_GAN,
        SNGAN=20.12,
        Re_SNGAN=17.87,
        StyleGAN2=13.19,
        Re_StyleGAN2=12.16,
        ProGAN=26.14,
        Re_ProGAN=21.17,
    ),
)


def published_figures(dataset: str, measure: str) -> list[Published]:
    """What has been published for a data set and a measure, in the order of the table."""
    return [row for row in PUBLISHED if (row.dataset, row.measure) == (dataset, measure)]
