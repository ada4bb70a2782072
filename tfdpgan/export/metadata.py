# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Cards inside a .tflite file: how to call it, and what it guarantees to the people it was trained on.

Each card is there twice: as a named buffer in the metadata table of the flatbuffer, which programs read, and in a zip
archive behind the flatbuffer, which people open (`unzip -p generator.tflite privacy_card.md`). Interpreters skip both.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdpgan.export.export_error import ExportError
from tfdpgan.privacy.statement import card, truncated_noise

_IDENTIFIER = b"TFL3"
_MODEL_CARD, _PRIVACY_CARD, _PRIVACY_PAGE = "model_card.json", "privacy_card.json", "privacy_card.md"


@dataclasses.dataclass(frozen=True)
class Cards:
    """What a file says of itself.

    Attributes:
        model: how to call it: signature, shapes, dtypes, scales, classes, checksums (JSON data).
        privacy: privacy_card.json of the run (JSON data).
        privacy_page: privacy_card.md of the run.
    """

    model: dict[str, Any]
    privacy: dict[str, Any]
    privacy_page: str


def read_flatbuffer(content: bytes, name: str) -> Any:
    """The tables of a TFLite file (`schema.ModelT`); raises ExportError, which says `name`, for anything else."""
    try:
        if content[4:8] != _IDENTIFIER:
            raise ValueError
        return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    except (ValueError, IndexError, struct.error, TypeError, AttributeError):
        raise ExportError(f"{name} is no TFLite file, or it is damaged. Make one with export_tflite.py.") from None


def network_checksum(model: Any) -> str:
    """SHA-256, in hexadecimal, of all constants of the network in their order; the cards are not among them."""
    cards = {entry.buffer for entry in model.metadata or []}
    digest = hashlib.sha256()
    for index, buffer in enumerate(model.buffers):
        if index not in cards and buffer.data is not None:
            digest.update(bytes(buffer.data))
    return digest.hexdigest()


def attach(content: bytes, cards: Cards) -> bytes:
    """The same file with the cards inside; the model card gets the network's checksum."""
    model = read_flatbuffer(content, "The converted file")
    cards = dataclasses.replace(cards, model={**cards.model, "network_sha256": network_checksum(model)})
    files = {
        _MODEL_CARD: json.dumps(cards.model, indent=2),
        _PRIVACY_CARD: json.dumps(cards.privacy, indent=2),
        _PRIVACY_PAGE: cards.privacy_page,
    }
    model.metadata = list(model.metadata or [])
    model.buffers = [_AlignedBuffer(buffer.data) for buffer in model.buffers]
    for name, text in files.items():
        entry = schema.MetadataT()
        entry.name, entry.buffer = name, len(model.buffers)
        model.buffers.append(_AlignedBuffer(np.frombuffer(text.encode(), np.uint8)))
        model.metadata.append(entry)
    builder = flatbuffers.Builder(len(content) + sum(map(len, files.values())) + 1024)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    stream = io.BytesIO(bytes(builder.Output()))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # without the time: same in, same out
    return stream.getvalue()


def read_cards(path: str | Path) -> Cards:
    """The cards of a file that export_tflite.py wrote.

    Raises:
        ExportError: for a file that is missing, no TFLite file, without cards, or whose network is not the one that its
            model card was written for.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ExportError(f"{path} cannot be read ({error.strerror}). Make it with export_tflite.py.") from None
    model = read_flatbuffer(content, str(path))
    texts = {
        _name(entry): bytes(model.buffers[entry.buffer].data).decode()
        for entry in model.metadata or []
        if _name(entry) in (_MODEL_CARD, _PRIVACY_CARD, _PRIVACY_PAGE)
    }
    if len(texts) < 3:
        raise ExportError(f"{path} holds no cards: it was not written by export_tflite.py, or they were taken out.")
    cards = _confessed(Cards(json.loads(texts[_MODEL_CARD]), json.loads(texts[_PRIVACY_CARD]), texts[_PRIVACY_PAGE]))
    if cards.model["network_sha256"] != network_checksum(model):
        raise ExportError(f"{path} was changed after it was written: its weights are not those of its model card.")
    return cards


def _confessed(cards: Cards) -> Cards:
    """The cards, where they are of an earlier version, with what its noise was."""
    privacy = truncated_noise.confessed(cards.privacy)
    return cards if privacy is cards.privacy else Cards(cards.model, privacy, card.render_markdown(privacy))


def render(cards: Cards) -> str:
    """The cards as text: how to call the file, then the privacy card's page."""
    model = cards.model
    signature = model["signature"]
    tensors = [*signature["inputs"].items(), *signature["outputs"].items()]
    lines = [f"Signature {signature['name']}:", *(f"  {name}: {_describe(tensor)}" for name, tensor in tensors)]
    if model["class_names"]:
        lines.append("Classes: " + ", ".join(f"{index} {name}" for index, name in enumerate(model["class_names"])))
    lines.append(f"Quantization: {model['quantization']}. Weights (SHA-256): {model['weights_sha256']}")
    lines.append(f"Run: {model['run']}" + (f", from {model['parent_run']}" if model["parent_run"] else ""))
    return "\n".join([*lines, "", cards.privacy_page.strip()])


class _AlignedBuffer(schema.BufferT):
    """A buffer that is written where the schema wants it, at a multiple of 16 bytes; the stock writer knows only 4."""

    def __init__(self, data: np.ndarray | None) -> None:
        super().__init__()
        self.data = data

    def Pack(self, builder: flatbuffers.Builder) -> int:  # noqa: N802  (the name is the base class')
        vector = None
        if self.data is not None and len(self.data):
            data = np.asarray(self.data, np.uint8).tobytes()
            builder.StartVector(1, len(data), 16)
            builder.head -= len(data)
            builder.Bytes[builder.head : builder.head + len(data)] = data
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if vector is not None:
            schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


def _describe(tensor: dict[str, Any]) -> str:
    shape = "x".join(map(str, tensor["shape"]))
    quantized = f", real = {tensor['scale']:.6g} * (stored - {tensor['zero_point']})" if tensor["scale"] else ""
    return f"{tensor['dtype']} [{shape}]{quantized}; {tensor['meaning']}"


def _name(entry: Any) -> str:
    return entry.name.decode() if isinstance(entry.name, bytes) else entry.name
