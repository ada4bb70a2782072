# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Packaging. Two environments, one code: see BUILD_NOTES.md for why these versions."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "tfdpgan" / "__init__.py").read_text()).group(1)

OLD = "; python_version < '3.12'"  # the last TensorFlow that TF Privacy and TF-GAN can import
DOCS = ["mkdocs>=1.6,<2", "mkdocs-material", "mkdocstrings[python]"]
NEW = "; python_version >= '3.12'"

setup(
    name="tfdpgan",
    version=VERSION,
    description="Differentially private GANs in TensorFlow/Keras: train, account, release.",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["tfdpgan", "tfdpgan.*"]),
    package_data={
        "tfdpgan.methods": ["*.csv"],
        **{
            f"tfdpgan.{room}": ["*.j2"]
            for room in ("auditing", "evaluation", "export", "privacy.statement", "slimming")
        },
    },
    scripts=[
        "tools/plan_privacy.py",
        "tools/train_dpgan.py",
        "tools/generate.py",
        "tools/evaluate.py",
        "tools/export_tflite.py",
        "tools/slim_generator.py",
        "tools/sweep_epsilon.py",
        "tools/compare_variants.py",
        "tools/compare_samplers.py",
        "tools/ring_of_gaussians.py",
        "tools/train_dp_classifier.py",
        "tools/audit_privacy.py",
        "tools/benchmark.py",
    ],
    install_requires=[
        "tensorflow>=2.15,<2.16" + OLD,
        "tf_keras>=2.15,<2.16" + OLD,
        "tensorflow-privacy==0.9.0" + OLD,
        "tensorflow-gan==2.1.0" + OLD,
        "tensorflow-metadata<1.16" + OLD,
        "tensorflow-probability<0.24" + OLD,
        "tensorflow-hub==0.16.1" + OLD,
        "numpy<2" + OLD,
        "protobuf<5" + OLD,
        "tensorflow>=2.20,<2.21" + NEW,
        "tensorflow-hub>=0.16.1" + NEW,
        "tf_keras>=2.20,<2.21" + NEW,
        "dp-accounting>=0.6" + NEW,
        "tensorflow-model-optimization>=0.8.0",
        "tensorflow-datasets>=4.9.10",
        "setuptools<81",
        "importlib_resources",
        "absl-py",
        "ai-edge-litert>=2.3",
        "cryptography",
        "flatbuffers",
        "jinja2",
        "markdown",
        "matplotlib",
        "numpy",
        "pillow",
        "scikit-learn",
        "scipy",
        "tqdm",
    ],
    extras_require={
        "dev": [
            "pytest",
            "pytest-timeout",
            "pytest-xdist",
            "hypothesis",
            "prdc",
            "ruff",
            "import-linter",
            "mypy",
            "nbclient",
            "nbformat",
            "ipykernel",
            *DOCS,
        ],
        "docs": DOCS,
        "peers": ["torch==2.13.0", "opacus==1.6.0"],
        "tensorboard": ["tensorboard"],
    },
)
