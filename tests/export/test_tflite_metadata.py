# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Cards go in, survive, come out, and notice a change of the weights."""

import io
import json
import zipfile

import numpy as np
import pytest

from tests.export.generators import inputs_of, make_generator
from tfdpgan.export import metadata
from tfdpgan.export.export_error import ExportError
from tfdpgan.export.tflite import convert
from tfdpgan.export.tflite_run import TFLiteNetwork

CARDS = metadata.Cards({"class_names": ["é"]}, {"epsilon": 1.5}, "# Privacy card\nε = 1.5\n")


@pytest.fixture(scope="module")
def plain():
    return convert(make_generator("fully_connected"), "int8")


def test_cards_come_out_as_they_went_in(plain, tmp_path):
    path = tmp_path / "x.tflite"
    path.write_bytes(metadata.attach(plain, CARDS))
    cards = metadata.read_cards(path)
    assert (cards.privacy, cards.privacy_page) == (CARDS.privacy, CARDS.privacy_page)
    assert cards.model["class_names"] == ["é"] and len(cards.model["network_sha256"]) == 64
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("privacy_card.json")) == CARDS.privacy
        assert archive.read("privacy_card.md").decode() == CARDS.privacy_page
        assert json.loads(archive.read("model_card.json")) == cards.model


def test_the_network_computes_the_same_with_cards(plain):
    inputs = inputs_of(make_generator("fully_connected"), 5)
    with_cards = metadata.attach(plain, CARDS)
    np.testing.assert_array_equal(TFLiteNetwork(with_cards)(inputs), TFLiteNetwork(plain)(inputs))
    assert metadata.attach(plain, CARDS) == with_cards


def test_weights_stay_aligned(plain):
    content = metadata.attach(plain, CARDS)
    weights = max(
        (bytes(buffer.data) for buffer in metadata.read_flatbuffer(plain, "x").buffers if buffer.data is not None),
        key=len,
    )
    assert content.index(weights) % 16 == 0


def test_changed_weights_are_noticed(plain, tmp_path):
    content = bytearray(metadata.attach(plain, CARDS))
    weights = max(
        (bytes(buffer.data) for buffer in metadata.read_flatbuffer(plain, "x").buffers if buffer.data is not None),
        key=len,
    )
    content[content.index(weights) + len(weights) // 2] ^= 1
    (tmp_path / "x.tflite").write_bytes(content)
    with pytest.raises(ExportError, match="changed"):
        metadata.read_cards(tmp_path / "x.tflite")


def test_other_files(plain, tmp_path):
    zipped = io.BytesIO()
    zipfile.ZipFile(zipped, "w").close()
    wrong = {
        "cut.tflite": metadata.attach(plain, CARDS)[:5000],
        "text.tflite": b"hello",
        "empty.tflite": b"",
        "zip.tflite": zipped.getvalue(),
        "bare.tflite": plain,
    }
    for name, content in wrong.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ExportError, match=name):
            metadata.read_cards(tmp_path / name)
    with pytest.raises(ExportError, match="cannot be read"):
        metadata.read_cards(tmp_path / "none.tflite")
