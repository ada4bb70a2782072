# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The discriminator step in PyTorch, plain and by Opacus.

    python -m tfdpgan.benchmark.opacus_steps CANDIDATE MODEL BATCH

Run by an interpreter that has torch and opacus; TensorFlow is not imported. The networks have the layers, widths and
numbers of weights of `tfdpgan.benchmark.models.MODELS`; 5x5 convolutions of stride 2 are padded by 2 on every side,
where Keras pads by 1 and 2, which leaves the same shapes and the same work.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import opacus
import torch
from torch import nn

from tfdpgan.benchmark.step_worker import Step, Unavailable, serve

_LEARNING_RATE = 1e-3
_CLIP = 1.0
_NOISE_MULTIPLIER = 1.0
_MODES = {"opacus_hooks": "hooks", "opacus_functorch": "functorch", "opacus_ew": "ew", "opacus_ghost": "ghost"}


def _group_norm(channels: int) -> nn.Module:
    return nn.GroupNorm(8, channels, affine=False)


class Stack(nn.Module):
    """Layers in a row, on the image alone."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self.layers(images).flatten()


class LabelledDCGAN(nn.Module):
    """The discriminator of tfdpgan/models/dcgan.py at 28 pixels, width 32."""

    def __init__(self, num_classes: int = 10, width: int = 32) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.embed_image = nn.Conv2d(1, width, 4, stride=2, padding=1)
        self.embed_label = nn.Conv2d(num_classes, width, 4, stride=2, padding=1)
        self.rest = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1),
            _group_norm(4 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 8 * width, 3, stride=2, padding=1),
            _group_norm(8 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8 * width, 1, 4),
        )

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        label_map = nn.functional.one_hot(labels, self.num_classes).float()[:, :, None, None]
        label_map = label_map.expand(-1, -1, *images.shape[2:]).contiguous()
        parts = [self.embed_image(images), self.embed_label(label_map)]
        for part in parts:  # the gradient of a concatenation is a view, which expanded weights cannot take
            part.register_hook(torch.Tensor.contiguous)
        return self.rest(torch.cat(parts, dim=1)).flatten()


def _dcgan2020() -> nn.Module:
    return Stack(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.LeakyReLU(0.2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.LeakyReLU(0.2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 32),
        nn.LeakyReLU(0.2),
        nn.Linear(32, 1),
    )


def _dcgan_tutorial() -> nn.Module:
    return Stack(
        nn.Conv2d(1, 64, 5, stride=2, padding=2),
        nn.LeakyReLU(0.3),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),
        nn.LeakyReLU(0.3),
        nn.Flatten(),
        nn.Linear(7 * 7 * 128, 1),
    )


def _dcgan64(width: int = 64) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1, bias=False), nn.LeakyReLU(0.2)]
    for channels in (width, 2 * width, 4 * width):
        layers += [
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1, bias=False),
            _group_norm(2 * channels),
            nn.LeakyReLU(0.2),
        ]
    return Stack(*layers, nn.Conv2d(8 * width, 1, 4, bias=False))


_NETWORKS = {  # name: (network, image shape as torch has it, number of classes)
    "dcgan2020": (_dcgan2020, (1, 28, 28), 1),
    "dcgan_tutorial": (_dcgan_tutorial, (1, 28, 28), 1),
    "dcgan": (LabelledDCGAN, (1, 28, 28), 10),
    "dcgan64": (_dcgan64, (3, 64, 64), 1),
}
CANDIDATES = ("torch_plain", *_MODES)


def _prepare(candidate: str, model_name: str, batch_size: int) -> tuple[Step, dict[str, Any]]:
    warnings.simplefilter("ignore")
    if model_name not in _NETWORKS:
        raise Unavailable(f"{model_name} has no twin in torch here")
    torch.manual_seed(0)
    build, shape, num_classes = _NETWORKS[model_name]
    network = build()
    images = torch.rand(batch_size, *shape) * 2 - 1
    labels = torch.randint(num_classes, (batch_size,))
    facts = {
        "num_weights": sum(weights.numel() for weights in network.parameters()),
        "framework": f"torch {torch.__version__}, opacus {opacus.__version__}",
    }
    return _step(candidate, network, images, labels), facts


def _step(candidate: str, network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Step:
    optimizer = torch.optim.SGD(network.parameters(), lr=_LEARNING_RATE)
    criterion = nn.BCEWithLogitsLoss()
    targets = torch.ones(len(images))
    if candidate in _MODES:
        network, optimizer, criterion = _make_private(
            candidate, network, optimizer, criterion, (images, labels, targets)
        )

    def step() -> None:
        optimizer.zero_grad()
        criterion(network(images, labels), targets).backward()
        optimizer.step()

    return step


def _make_private(
    candidate: str, network: nn.Module, optimizer: Any, criterion: Any, tensors: tuple
) -> tuple[Any, Any, Any]:
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*tensors), batch_size=len(tensors[0]))
    made = opacus.PrivacyEngine().make_private(
        module=network,
        optimizer=optimizer,
        criterion=criterion,
        data_loader=loader,
        poisson_sampling=False,
        noise_multiplier=_NOISE_MULTIPLIER,
        max_grad_norm=_CLIP,
        grad_sample_mode=_MODES[candidate],
    )
    if _MODES[candidate] == "ghost":
        network, optimizer, criterion, _ = made
    else:
        network, optimizer, _ = made
    return network, optimizer, criterion


if __name__ == "__main__":
    serve(lambda: _prepare(sys.argv[1], sys.argv[2], int(sys.argv[3])), warm_up_steps=3)
