# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole audit of real runs: what is written, and what is said of runs that claim nothing."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.methods.gswgan.small import method_config
from tests.slimming.small import slim, slim_config, train_teacher
from tests.tools.test_tools import refused, run
from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.auditing import membership, report
from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.auditing.audited_run import AuditError, open_run
from tfdpgan.config import ConfigError
from tfdpgan.data import load_dataset
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.statement import card
from tfdpgan.privacy.statement.audited import with_audit

QUICK = dict(canaries=2000, confidence=1 - 1e-7)  # a correct build fails once in ten million


def train(folder, digit_images, **changes):
    dataset = small_dataset(digit_images)
    api.train(make_plan(small_config(folder, **changes), dataset.num_examples), dataset, show_progress=False)
    return folder


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, digit_images):
    folder = tmp_path_factory.mktemp("audit") / "run"
    return train(folder, digit_images, method="mean_embedding", architecture="fully_connected")


@pytest.fixture(scope="module")
def audited(run_dir):
    before = {path: path.read_bytes() for path in run_dir.rglob("*") if path.is_file()}
    lines = []
    return api.audit(AuditConfig(model_dir=str(run_dir), **QUICK), lines.append), lines, before


@pytest.mark.slow
def test_a_correct_run_is_not_refuted_and_every_fault_would_have_been_seen(audited):
    content = audited[0].content
    assert content["verdict"] == "not refuted" and content["null"]["holds"]
    assert not content["reads_private_images"]
    assert all(control["caught_by"] for control in content["controls"] if control["fault"] != "null")
    assert len({control["fault"] for control in content["controls"]}) == 8
    bounds = content["lower_bounds"]
    assert 0 < bounds["white box"] <= content["claim"]["epsilon"] and bounds["one run"] == 0
    assert "an audit can refute a claim" in audited[0].table.lower()


@pytest.mark.slow
def test_it_writes_its_two_files_and_the_card_and_changes_nothing_else(audited, run_dir):
    result, _, before = audited
    after = {path: path.read_bytes() for path in run_dir.rglob("*") if path.is_file()}
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed == {"audit.json", "audit.html", "privacy_card.md", "privacy_card.json"}
    assert json.loads((run_dir / "audit.json").read_text()) == result.content
    page = (run_dir / "audit.html").read_text()
    assert "Published audits" in page and "7.21 and 6.95" in page and "noise off" in page
    assert "**Audited:** not refuted." in (run_dir / "privacy_card.md").read_text()
    assert api.load_generator(str(run_dir))  # the run is as whole as before


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpgan", "classifier", "gswgan", "dpac", "slim"])
def test_runs_of_every_method_are_audited(method, tmp_path, digit_images):
    folder = tmp_path / "run"
    dataset = small_dataset(digit_images)
    if method == "classifier":
        plan = api.plan_classifier(ClassifierConfig(model_dir=str(folder), noise_multiplier=1.3, steps=3), 120)
        api.train_classifier(plan, dataset, show_progress=False)
    elif method == "slim":
        train_teacher(tmp_path / "teacher", digit_images, dataset="digits")
        slim(slim_config(tmp_path / "teacher", folder, fine_tuning_steps=3, noise_multiplier=1.5, bits=32))
    elif method == "dpgan":
        train(folder, digit_images)
    else:
        config = method_config(folder, method)
        api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    content = api.audit(AuditConfig(model_dir=str(folder), **QUICK), lambda line: None).content
    assert content["verdict"] == "not refuted" and content["method"] == method
    assert all(control["caught_by"] for control in content["controls"] if control["fault"] != "null")
    assert content["lower_bounds"]["white box"] > 0


def test_a_run_that_claims_nothing_is_refused_in_one_line(tmp_path, digit_images):
    quick = dict(method="mean_embedding", architecture="fully_connected", noise_multiplier=None)
    train(tmp_path / "plain", digit_images, non_private=True, warm_start_steps=2, **quick)
    with pytest.raises(AuditError, match="claims no privacy"):
        open_run(str(tmp_path / "plain"))
    train(tmp_path / "seeded", digit_images, **quick | dict(noise_multiplier=1.3, noise_seed=1))
    with pytest.raises(AuditError, match="fixed seed"):
        open_run(str(tmp_path / "seeded"))


@pytest.mark.slow
def test_a_slim_run_that_read_nothing_names_the_run_to_audit(tmp_path, digit_images):
    train_teacher(tmp_path / "teacher", digit_images)
    slim(slim_config(tmp_path / "teacher", tmp_path / "slim"))
    with pytest.raises(AuditError, match="teacher"):
        open_run(str(tmp_path / "slim"))


def test_the_stages_are_those_that_the_ledger_booked(run_dir):
    opened = open_run(str(run_dir))
    assert [stage.name for stage in opened.stages] == ["mean_embedding"]
    assert all(finding.holds for finding in opened.book_findings())
    assert opened.claim == opened.claim_of(opened.stages[0])


def test_a_refuted_claim_is_the_cards_first_red_flag(run_dir):
    present = json.loads((run_dir / "privacy_card.json").read_text())
    once = with_audit(present, "refuted.", True)
    twice = with_audit(once, "refuted.", True)
    assert twice["red_flags"] == once["red_flags"] and "REFUTED" in once["red_flags"][0]
    assert "**Audited:** refuted." in card.render_markdown(once)
    assert not any("REFUTED" in flag for flag in with_audit(once, "not refuted.", False)["red_flags"])


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    """A run on digits of which a part is held out, and its data."""
    folder = tmp_path_factory.mktemp("membership") / "run"
    settings = dict(dataset="digits", holdout=0.4, method="mean_embedding", architecture="fully_connected")
    dataset = load_dataset("digits", holdout=0.4)
    config = small_config(folder, **settings)
    api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return open_run(str(folder)), dataset


def test_membership_inference_finds_no_more_than_the_card_promises(held_out):
    audited, dataset = held_out
    content = membership.attack(audited, dataset, 200, 1e-6, 0)
    assert content["holds"] and {row["score"] for row in content["attacks"]} == {"nearest", "nearest, calibrated"}
    for row in content["attacks"]:
        assert 0.35 < row["area_under_curve"] < 0.65
        theirs = row["area_by_tensorflow_privacy"]
        assert theirs is None or max(theirs, 1 - theirs) == pytest.approx(
            max(row["area_under_curve"], 1 - row["area_under_curve"]), abs=0.01
        )
    paths = report.write_membership(content, audited.run_dir)
    assert all(Path(path).parent.name == "private" for path in paths)
    assert "OUTSIDE THE GUARANTEE" in Path(paths[1]).read_text()
    assert "OUTSIDE THE GUARANTEE" in "\n".join(membership.render_lines(content))


def test_membership_of_a_leak_is_found_and_breaks_the_promise():
    was_in = np.arange(2000) < 1000
    scores = was_in * 8.0 + np.random.default_rng(0).normal(size=2000)
    row = membership._row("leak", scores, was_in, {1e-5: 1.0, 0.1: 0.2}, 1e-6)
    assert row["area_under_curve"] > 0.99 and not any(rate["holds"] for rate in row["rates"])


def test_membership_needs_images_that_were_not_trained_on(held_out):
    audited, dataset = held_out
    with pytest.raises(AuditError, match="--holdout"):
        membership.attack(audited, load_dataset("digits"), 20, 0.05, 0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({}, "--model_dir"), ({"model_dir": "x", "trainings": 3}, "--trainings"), ({"depth": "deep"}, "deep")],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        AuditConfig(**settings)


def test_the_tool_says_in_one_line_what_is_wrong(tmp_path):
    assert "no run" in refused("audit_privacy.py", "--model_dir=nowhere", cwd=tmp_path)


@pytest.mark.slow
def test_the_tool_prints_the_result_as_its_last_line(run_dir):
    result = run("audit_privacy.py", f"--model_dir={run_dir}", "--canaries=2000", "--confidence=0.9999999", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["verdict"] == "not refuted"
