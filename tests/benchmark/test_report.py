# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The table, the JSON and the plot of a report."""

import json

import pytest
from PIL import Image

from tfdpgan.benchmark import report
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.benchmark.interleaved import Measurement
from tfdpgan.config import ConfigError


def row(candidate, milliseconds, ratio, **more):
    found = Measurement(candidate, None, milliseconds, ratio, milliseconds / 100, 10, 500.0, 50.0)
    return {"model": "dcgan", "batch_size": 64, **found.to_json(), **more}


def report_of(rows):
    machine = {"cores": 2, "platform": "Linux", "python": "3.11.7", "load": 0.5}
    return {"what": "private_step", "machine": machine, "results": rows}


ROWS = [
    row("plain", 10.0, 1.0),
    row("book_keeping", 12.5, 1.25),
    row("tf_privacy", 500.0, 50.0),
    {"model": "dcgan", "batch_size": 64, **Measurement("opacus_ew", "no such mode").to_json()},
]


def test_the_table_has_a_line_for_each_candidate_and_says_what_is_missing():
    lines = report.render_table(report_of(ROWS)).splitlines()
    cells = {line.split()[2]: line.split() for line in lines[1:5]}
    assert cells["tf_privacy"][3:6] == ["500.0", "50.00", "40.00"]
    assert cells["book_keeping"][3:6] == ["12.5", "1.25", "1.00"]
    assert any("opacus_ew: not measured, no such mode" in line for line in lines)


@pytest.mark.parametrize(("is_whole", "words"), [(True, "the whole epoch"), (False, "a PART of the epoch")])
def test_a_part_of_an_epoch_is_called_a_part(is_whole, words):
    rows = [row("plain_epoch", 20.0, 1.0, is_whole_epoch=is_whole, batches_of_an_epoch=500)]
    assert words in report.render_table(report_of(rows))


def test_written_files_can_be_read(tmp_path):
    paths = report.write(report_of(ROWS), str(tmp_path / "new"))
    assert json.loads((tmp_path / "new/private_step.json").read_text()) == report_of(ROWS)
    with Image.open(paths[1]) as image:
        assert image.width > 100 and len(set(image.convert("L").getdata())) > 20


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_sizes": "64,many"}, "64,many"),
        ({"batch_sizes": "0"}, "1 or more"),
        ({"models": ","}, "at least one"),
        ({"rounds": 0}, "--rounds"),
        ({"num_batches": 2}, "--num_batches"),
        ({"what": "speed"}, "private_step"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        BenchmarkConfig(**settings)
