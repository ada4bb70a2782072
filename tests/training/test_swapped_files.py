# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Files of a run put back, deleted, edited or taken from elsewhere: every tool refuses, and nothing is overwritten."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from tests.slimming.small import slim_config
from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import DPGAN, api
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting import ledger_file
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.privacy.statement import truncated_noise
from tfdpgan.run import RunDirectory, RunError
from tfdpgan.training.session import Session

QUICK = dict(architecture="fully_connected")
WITH_CLASSIFIER = dict(
    method="mean_embedding",
    classifier_steps=5,
    classifier_batch_size=20,
    classifier_noise_multiplier=4.0,
    warm_start_noise_multiplier=1.3,
    noise_multiplier=1.3,
    **QUICK,
)


def train(model_dir, dataset, **changes):
    config = small_config(model_dir, **{**QUICK, **changes})
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)


def session_of(model_dir, dataset, **changes):
    return make_session(make_plan(small_config(model_dir, **changes), dataset.num_examples), dataset)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, digit_images):
    """A finished run, and every revision of its ledger."""
    folder, revisions, write = tmp_path_factory.mktemp("finished") / "run", [], ledger_file.replace

    def remember(path, *args):
        document = write(path, *args)
        revisions.append(Path(path).read_bytes())
        return document

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger_file, "replace", remember)
        train(folder, small_dataset(digit_images))
    return folder, revisions


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run."""
    return RunDirectory(shutil.copytree(finished[0], tmp_path / "run"))


def tools(run, dataset):
    """Everything that opens a run."""
    path = str(run.path)
    return {
        "train": lambda: train(path, dataset),
        "generate": lambda: api.generate(path, 4, str(run.path.parent / "images.npz")),
        "evaluate": lambda: api.evaluate(EvaluateConfig(model_dir=path, output_dir=str(run.path.parent)), False),
        "export": lambda: api.export_tflite(ExportConfig(model_dir=path, output_dir=str(run.path.parent / "export"))),
        "slim": lambda: api.slim(slim_config(path, run.path.parent / "slim"), show_progress=False),
        "load": lambda: DPGAN.load(path),
    }


def files_of(run):
    return {path: path.read_bytes() for path in sorted(run.path.rglob("*")) if path.is_file()}


def assert_refused_by_every_tool(run, dataset, error, match):
    before = files_of(run)
    for name, tool in tools(run, dataset).items():
        with pytest.raises(error, match=match):
            pytest.fail(f"{name} accepted it: {tool()}")
    assert files_of(run) == before, "a refusal wrote something"
    assert not [path for path in run.path.parent.iterdir() if path != run.path], "something came out all the same"


def test_every_revision_but_the_last_is_refused_by_every_tool(run, finished, digit_images):
    """Each of them fits its checksum. The first ones say that no private image has been read."""
    revisions = finished[1]
    assert len(revisions) > 8 and json.loads(revisions[0])["stages"] == {}
    for old in (revisions[0], revisions[3], revisions[-2]):
        run.ledger.write_bytes(old)
        assert_refused_by_every_tool(run, small_dataset(digit_images), LedgerError, "older copy|has booked")


def test_a_missing_ledger_is_refused_by_every_tool_and_never_zero(run, digit_images):
    run.ledger.unlink()
    assert_refused_by_every_tool(run, small_dataset(digit_images), LedgerError, "ledger .* is missing: .* nobody knows")


def test_the_ledger_of_another_run_is_refused(run, digit_images):
    run.ledger.unlink()
    Ledger.start(run.ledger, settings=json.loads(run.config.read_text()) | {"config": {}, "data": {}})
    with pytest.raises((LedgerError, RunError), match="another run|was changed"):
        api.load_generator(str(run.path))


def test_a_ledger_that_went_another_way_is_refused(run, finished, digit_images):
    """An older copy that was written to again reaches the revision of the right one, with another past."""
    run.ledger.write_bytes(finished[1][3])
    ledger = Ledger.open(run.ledger)
    while json.loads(run.ledger.read_text())["revision"] <= len(finished[1]):
        ledger.record_public(f"note {len(run.ledger.read_bytes())}")
    with pytest.raises(LedgerError, match="another past"):
        api.load_generator(str(run.path))


def test_a_generator_of_another_run_is_refused(run, tmp_path, digit_images):
    train(tmp_path / "other", small_dataset(digit_images))
    shutil.rmtree(run.generator)
    shutil.copytree(tmp_path / "other/released/generator", run.generator)
    with pytest.raises(LedgerError, match="another run than .*signature.json"):
        api.load_generator(str(run.path))


@pytest.mark.parametrize(
    "bearer",
    [
        "privacy_card.json",
        "private/checkpoints/dp_sgd/ledger_seal.json",
        "released/generator/signature.json",
        "released/discriminator/signature.json",
    ],
)
def test_what_names_the_ledger_may_not_be_missing(run, bearer, digit_images):
    (run.path / bearer).unlink()
    with pytest.raises(ValueError, match="missing"):
        api.load_generator(str(run.path))


@pytest.mark.parametrize(
    "name, value",
    [
        ("noise_seed", 7),
        ("delta", 0.1),
        ("public_data", True),
        ("l2_norm_clip", 0.5),
        ("target_epsilon", 1.0),
    ],
)
def test_an_edited_setting_is_refused_by_name(run, name, value, digit_images):
    """By the tools that read the run; the one that trains says what it was asked for."""
    stored = json.loads(run.config.read_text())
    stored["config"][name] = value
    run.config.write_text(json.dumps(stored))
    with pytest.raises(RunError, match=f"was changed: {name} is .* begun with"):
        api.load_generator(str(run.path))
    with pytest.raises(RunError, match=name):
        train(run.path, small_dataset(digit_images))


def test_a_fixed_seed_stays_known_whatever_config_json_says(tmp_path, digit_images):
    """Trained with a seed, generator removed, seed taken out of config.json, run again: NOT PRIVATE as before."""
    dataset, run = small_dataset(digit_images), RunDirectory(tmp_path / "run")
    train(run.path, dataset, noise_seed=7)
    shutil.rmtree(run.generator)
    run.config.write_text(run.config.read_text().replace('"noise_seed": 7', '"noise_seed": null'))
    with pytest.raises(ValueError, match="noise_seed"):
        train(run.path, dataset)
    assert Ledger.open(run.ledger).fixed_seeds() == ["noise", "sampling"]
    assert "NOT PRIVATE" in run.card.read_text().split("|")[0]


@pytest.mark.parametrize("what", ["deleted", "put back"])
def test_a_refused_start_leaves_card_and_ledger_as_they_were(tmp_path, digit_images, what, monkeypatch):
    dataset = small_dataset(digit_images)
    session = run_until(session_of(tmp_path / "run", dataset, **QUICK), "mean_embedding", 2, monkeypatch)
    early = session.run_dir.ledger.read_bytes()
    session = run_until(session_of(tmp_path / "run", dataset, **QUICK), "dp_sgd", 4, monkeypatch)
    run, card = session.run_dir, session.run_dir.card.read_text()
    assert "protects every single image" in card
    run.ledger.unlink() if what == "deleted" else run.ledger.write_bytes(early)
    before = files_of(run)
    with pytest.raises(LedgerError, match="missing|older copy"):
        train(run.path, dataset)
    assert files_of(run) == before


@pytest.mark.parametrize("seals", ["kept", "deleted too"])
def test_phases_behind_the_checkpoint_are_asked_again(tmp_path, digit_images, seals, monkeypatch):
    """Stopped after the release, ledger and release deleted: the classifier's steps and the release stay taken."""
    dataset = small_dataset(digit_images)
    session = run_until(session_of(tmp_path / "run", dataset, **WITH_CLASSIFIER), "mean_embedding", 2, monkeypatch)
    run = session.run_dir
    settings = Ledger.open(run.ledger).settings
    run.ledger.unlink()
    (run.checkpoints / "mean_embedding/release.npy").unlink()
    if seals == "deleted too":
        for bearer in (run.card_json, run.card, *run.checkpoints.rglob("ledger_seal.json")):
            bearer.unlink()
        Ledger.start(run.ledger, settings=settings)  # and a fresh one in its place
    with pytest.raises(LedgerError, match="missing|nobody knows"):
        train(run.path, dataset, **WITH_CLASSIFIER)


def test_a_ledger_from_before_the_first_block_of_a_phase_is_refused(tmp_path, digit_images, monkeypatch):
    """The process died in that block, so that nothing but the phase's seal tells of it."""
    dataset = small_dataset(digit_images)
    session = session_of(tmp_path / "run", dataset, **QUICK)
    saved, start = [], Ledger.book

    def book(ledger, stage, num_steps):
        if stage == "dp_sgd":
            saved.append(session.run_dir.ledger.read_bytes())
        start(ledger, stage, num_steps)

    def die(phase, step):
        raise RuntimeError("the power fails")

    monkeypatch.setattr(Ledger, "book", book)
    monkeypatch.setattr(GANPhase, "step", die)
    monkeypatch.setattr(Session, "_write_card", lambda *args: None)
    with pytest.raises(RuntimeError, match="the power fails"):
        session.run(show_progress=False)
    monkeypatch.undo()
    assert Ledger.open(session.run_dir.ledger).booked("dp_sgd") > 0
    session.run_dir.ledger.write_bytes(saved[0])
    with pytest.raises(LedgerError, match="older copy"):
        train(tmp_path / "run", dataset)


def test_a_phase_behind_the_checkpoint_has_to_be_booked_in_full(tmp_path, digit_images, monkeypatch):
    """Even where every seal was forged."""
    dataset = small_dataset(digit_images)
    session = run_until(session_of(tmp_path / "run", dataset, **WITH_CLASSIFIER), "mean_embedding", 2, monkeypatch)
    run, fresh = session.run_dir, session_of(tmp_path / "run", dataset, **WITH_CLASSIFIER)
    settings = Ledger.open(run.ledger).settings
    for path in (run.ledger, run.card_json, run.card):
        path.unlink()
    ledger = Ledger.start(run.ledger, settings=settings)
    for seal in run.checkpoints.rglob("ledger_seal.json"):
        seal.write_text(json.dumps(ledger.seal().to_json()))
    with pytest.raises(LedgerError, match="has phase 'classifier' behind it, with 5 accesses, .* booked 0"):
        fresh.run(show_progress=False)
    assert not run.card.exists()


def test_a_second_process_is_refused_though_files_that_look_like_locks_are_deleted(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create()
    other = textwrap.dedent(f"""
        from tfdpgan.run import RunDirectory, RunError
        try:
            with RunDirectory({str(run.path)!r}).locked():
                print("locked")
        except RunError as error:
            print(error)
    """)
    with run.locked():
        for path in run.path.glob(".*"):
            path.unlink()
        result = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True)
        assert "Another process is training" in result.stdout
    result = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True)
    assert result.stdout == "locked\n"


_BOOKS_UNTIL_REFUSED = """
import sys
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
ledger = Ledger.open(sys.argv[1])
ledger.resume("dp_sgd", 0)
print("ready", flush=True)
sys.stdin.readline()
booked = 0
try:
    for _ in range(200):
        ledger.book("dp_sgd", 1)
        booked += 1
except LedgerError:
    pass
print(booked)
"""


def test_two_processes_that_book_at_once_lose_no_booking(tmp_path):
    """Without any lock on the run: what one of them booked is never written over by the other."""
    from tfdpgan.privacy.mechanisms import DPSGD

    path = tmp_path / "ledger.json"
    Ledger.start(path).declare("dp_sgd", DPSGD(1.3, 1.0, 10, 1000))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _BOOKS_UNTIL_REFUSED, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    booked = [int(process.communicate()[0]) for process in processes]
    assert Ledger.open(path).booked("dp_sgd") == sum(booked)
    assert min(booked) < 200, "both thought that they were alone"


def as_earlier_version(run):
    """Turns a run into what the version before this one would have left: TensorFlow's normals, no seals."""
    document = json.loads(run.ledger.read_text())
    for name in ("run_id", "revision", "history", "settings", "fixed_seeds", "unreviewed", "checksum"):
        document.pop(name)
    document["schema_version"] = 1
    run.ledger.write_text(json.dumps(ledger_file.with_checksum(document)))
    card = json.loads(run.card_json.read_text())
    card.pop("ledger")
    card["facts"]["noise_generator"] = "Philox"
    run.card_json.write_text(json.dumps(card))
    signature = json.loads((run.generator / "signature.json").read_text())
    signature["provenance"].pop("ledger")
    (run.generator / "signature.json").write_text(json.dumps(signature))
    for seal in run.checkpoints.rglob("ledger_seal.json"):
        seal.unlink()
    shutil.rmtree(run.discriminator)


def test_a_run_of_the_version_before_is_read_and_confesses_its_noise(run, digit_images):
    as_earlier_version(run)
    epsilon = json.loads(run.card_json.read_text())["epsilon"]
    assert truncated_noise.FLAG not in run.card.read_text()
    assert api.load_generator(str(run.path)).draw(4)[0].shape == (4, 28, 28, 1)
    gan = DPGAN.load(str(run.path))
    assert gan.epsilon == pytest.approx(epsilon)
    assert gan.privacy_card.count(truncated_noise.FLAG) == 1
    files = api.export_tflite(ExportConfig(model_dir=str(run.path), quantization="float16")).content
    assert truncated_noise.FLAG in api.show_card_of(files[0]["path"]).text


def test_a_run_of_the_version_before_does_not_go_on_and_an_old_ledger_is_noticed_there_too(run, digit_images):
    as_earlier_version(run)
    whole = json.loads(run.ledger.read_text())
    shutil.rmtree(run.generator)
    with pytest.raises(LedgerError, match="earlier version .* cannot go on"):
        train(run.path, small_dataset(digit_images))
    whole["stages"]["dp_sgd"] |= {"booked_steps": 3, "done_steps": 3}
    whole.pop("checksum")
    run.ledger.write_text(json.dumps(ledger_file.with_checksum(whole)))
    with pytest.raises(LedgerError, match="booked 3 accesses of stage 'dp_sgd', and .* tells of 12"):
        api.load_generator(str(run.path))


def test_a_tflite_file_of_the_version_before_confesses_when_its_card_is_shown(run):
    as_earlier_version(run)
    card, page = json.loads(run.card_json.read_text()), run.card.read_text()
    files = api.export_tflite(ExportConfig(model_dir=str(run.path), quantization="float16")).content
    from tfdpgan.export import metadata

    cards = metadata.read_cards(files[0]["path"])
    old = metadata.attach(Path(files[0]["path"]).read_bytes(), metadata.Cards(cards.model, card, page))
    stale = run.path / "old.tflite"
    stale.write_bytes(old)
    assert truncated_noise.FLAG in api.show_card_of(str(stale)).text


def test_a_slim_run_of_an_old_teacher_confesses_too(run):
    as_earlier_version(run)
    config = slim_config(run.path, run.path.parent / "slim", bits=32, gan_weight=0.0)
    content = api.slim(config, show_progress=False).content
    slim_run = RunDirectory(run.path.parent / "slim")
    assert truncated_noise.FLAG in slim_run.card.read_text()
    assert np.isfinite(content["epsilon"])
    assert Ledger.open(slim_run.ledger).has_truncated_noise
