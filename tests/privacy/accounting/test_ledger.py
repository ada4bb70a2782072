# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import math
import os
import random
import signal
import subprocess
import sys
import time

import dp_accounting
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.privacy.mechanisms import DPSGD, GaussianRelease

MECHANISM = DPSGD(1.3, 1.0, 250, 60_000, steps_of="discriminator steps")
STEP = MECHANISM.event
RELEASE = GaussianRelease(3.0, "sums")


def start_or_open(path, accountant="pld") -> Ledger:
    return (Ledger.open if os.path.exists(path) else Ledger.start)(path, accountant)


def begin(path, accountant="pld") -> Ledger:
    ledger = start_or_open(path, accountant)
    ledger.declare("dp_sgd", MECHANISM)
    return ledger


def test_a_run_from_start_to_end(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 100)
    ledger.settle("dp_sgd", 100)
    ledger.book("dp_sgd", 100)
    assert (ledger.booked("dp_sgd"), ledger.done("dp_sgd"), ledger.lost("dp_sgd")) == (200, 100, 0)
    ledger.close_cleanly("dp_sgd", 130)
    again = begin(path)
    assert (again.booked("dp_sgd"), again.done("dp_sgd"), again.lost("dp_sgd")) == (130, 130, 0)
    assert again.resume("dp_sgd", 130) == 0
    assert again.epsilon(1e-5) == accounting.epsilon(dp_accounting.SelfComposedDpEvent(STEP, 130), 1e-5)


def test_the_booking_is_on_the_disk_before_the_steps_run(tmp_path):
    path = tmp_path / "ledger.json"
    begin(path).book("dp_sgd", 7)
    assert json.loads(path.read_text())["stages"]["dp_sgd"]["booked_steps"] == 7


def test_a_crash_keeps_what_was_booked(tmp_path):
    path = tmp_path / "ledger.json"
    begin(path).book("dp_sgd", 300)
    ledger = begin(path)
    assert ledger.resume("dp_sgd", 200) == 100
    assert (ledger.booked("dp_sgd"), ledger.done("dp_sgd"), ledger.lost("dp_sgd")) == (300, 200, 100)
    ledger.book("dp_sgd", 100)
    ledger.settle("dp_sgd", 250)
    second = begin(path)
    assert second.resume("dp_sgd", 250) == 50
    assert (second.booked("dp_sgd"), second.lost("dp_sgd")) == (400, 150)
    second.book("dp_sgd", 10)
    second.close_cleanly("dp_sgd", 252)
    assert (second.booked("dp_sgd"), second.done("dp_sgd"), second.lost("dp_sgd")) == (402, 252, 150)


def test_an_older_checkpoint_loses_what_was_settled(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 300)
    ledger.settle("dp_sgd", 300)
    again = begin(path)
    assert again.resume("dp_sgd", 100) == 200
    assert (again.booked("dp_sgd"), again.done("dp_sgd"), again.lost("dp_sgd")) == (300, 100, 200)


def test_an_earlier_process_steps_can_be_neither_given_back_nor_ignored(tmp_path):
    path = tmp_path / "ledger.json"
    begin(path).book("dp_sgd", 300)
    ledger = begin(path)
    with pytest.raises(LedgerError, match="cannot be given back"):
        ledger.close_cleanly("dp_sgd", 200)
    with pytest.raises(LedgerError, match="Call resume"):
        ledger.book("dp_sgd", 1)
    ledger.resume("dp_sgd", 200)
    ledger.close_cleanly("dp_sgd", 200)
    assert ledger.booked("dp_sgd") == 300


def test_a_forked_process_gives_nothing_back(tmp_path):
    ledger = begin(tmp_path / "ledger.json")
    ledger.book("dp_sgd", 10)
    child = os.fork()
    if child == 0:
        try:
            ledger.close_cleanly("dp_sgd", 0)
        except LedgerError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert ledger.booked("dp_sgd") == 10


def test_a_ledger_that_was_deleted_or_put_back_is_noticed(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 100)
    old = path.read_bytes()
    ledger.book("dp_sgd", 100)
    path.write_bytes(old)
    with pytest.raises(LedgerError, match="holds 200 steps of stage 'dp_sgd', but the ledger .* only 100"):
        begin(path).resume("dp_sgd", 200)
    path.unlink()
    with pytest.raises(LedgerError, match="only 0"):
        begin(path).resume("dp_sgd", 200)


def test_two_processes_on_one_ledger_are_noticed(tmp_path):
    path = tmp_path / "ledger.json"
    first, second = begin(path), begin(path)
    first.book("dp_sgd", 10)
    with pytest.raises(LedgerError, match="changed by someone else"):
        second.book("dp_sgd", 10)
    assert Ledger.open(path).booked("dp_sgd") == 10 and second.booked("dp_sgd") == 0


def test_counts_out_of_range(tmp_path):
    ledger = begin(tmp_path / "ledger.json")
    for bad in (0, -5, 1.5):
        with pytest.raises(LedgerError, match="num_steps is"):
            ledger.book("dp_sgd", bad)
    ledger.book("dp_sgd", 10)
    ledger.settle("dp_sgd", 5)
    for bad in (4, 11, -1, 5.5):
        with pytest.raises(LedgerError, match="between the 5 steps settled before and the 10 booked"):
            ledger.settle("dp_sgd", bad)
        with pytest.raises(LedgerError, match="done is"):
            ledger.close_cleanly("dp_sgd", bad)
    with pytest.raises(LedgerError, match="done is -1"):
        ledger.resume("dp_sgd", -1)
    with pytest.raises(LedgerError, match="Stage 'other' is not declared; declared are: dp_sgd"):
        ledger.book("other", 1)


@pytest.mark.parametrize(
    "name, change",
    [
        ("noise_multiplier", {"noise_multiplier": 1.1}),
        ("l2_norm_clip", {"clip": 2.0}),
        ("num_examples", {"num_examples": 50_000}),
        ("clipping", {"automatic_clipping": True}),
    ],
)
def test_other_constants_are_refused_by_name(tmp_path, name, change):
    path = tmp_path / "ledger.json"
    begin(path)
    begin(path)
    with pytest.raises(LedgerError, match=f"begun with {name} = .* cannot go on with"):
        Ledger.open(path).declare("dp_sgd", dataclasses.replace(MECHANISM, **change))


def test_another_mechanism_of_the_same_constants_is_refused(tmp_path):
    path = tmp_path / "ledger.json"
    begin(path)
    others = {name: v for name, v in MECHANISM.parameters.items() if name not in ("noise_multiplier", "l2_norm_clip")}
    with pytest.raises(LedgerError, match="mechanism of one step"):
        Ledger.open(path).declare("dp_sgd", GaussianRelease(1.3, "sums", details=others))
    with pytest.raises(LedgerError, match="image_shape = not set and cannot go on with"):
        more = {**others, "image_shape": (28, 28)}
        Ledger.open(path).declare("dp_sgd", GaussianRelease(1.3, "sums", details=more))
    with pytest.raises(LedgerError, match="plain finite data"):
        Ledger.open(path).declare("other", GaussianRelease(1.3, "sums", details={"x": math.nan}))


def test_stages_compose_as_events(tmp_path):
    ledger = begin(tmp_path / "ledger.json")
    ledger.declare("release", RELEASE)
    assert ledger.epsilon(1e-5) == 0.0 and isinstance(ledger.event(), dp_accounting.NoOpDpEvent)
    ledger.book("release", 1)
    ledger.book("dp_sgd", 1000)
    together = dp_accounting.ComposedDpEvent(
        [dp_accounting.SelfComposedDpEvent(STEP, 1000), accounting.gaussian_event(3.0)]
    )
    assert ledger.epsilon(1e-5) == pytest.approx(accounting.epsilon(together, 1e-5), rel=1e-9)
    alone = accounting.epsilon(accounting.gaussian_event(3.0), 1e-5) + accounting.epsilon(
        dp_accounting.SelfComposedDpEvent(STEP, 1000), 1e-5
    )
    assert ledger.epsilon(1e-5) < alone


def test_epsilon_follows_the_counts_and_is_remembered(tmp_path):
    ledger = begin(tmp_path / "ledger.json")
    seen = []
    for _ in range(3):
        ledger.book("dp_sgd", 500)
        seen.append(ledger.epsilon(1e-5))
        start = time.perf_counter()
        assert ledger.epsilon(1e-5) == seen[-1]
        assert time.perf_counter() - start < 0.05
    assert seen == sorted(set(seen))


def test_accountants_share_a_file(tmp_path):
    path = tmp_path / "ledger.json"
    begin(path).book("dp_sgd", 3600)
    assert Ledger.open(path, "rdp").epsilon(1e-5) == pytest.approx(0.942, abs=0.001)
    assert Ledger.open(path, "pld").epsilon(1e-5) == pytest.approx(0.853, abs=0.001)
    with pytest.raises(ValueError, match="must be one of pld, rdp"):
        Ledger.open(path, "moments")


def test_public_data_is_named_and_free_and_unaccounted_access_is_infinite(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 10)
    before = ledger.epsilon(1e-5)
    ledger.record_public("CIFAR-10")
    ledger.record_public("CIFAR-10")
    assert ledger.epsilon(1e-5) == before and ledger.to_json()["public_data"] == ["CIFAR-10"]
    ledger.record_nonprivate("a teacher trained without noise")
    assert math.isinf(ledger.epsilon(1e-5)) and math.isinf(Ledger.open(path).epsilon(1e-5))


def test_descent(tmp_path):
    parent = begin(tmp_path / "parent.json")
    parent.book("dp_sgd", 1000)
    child_path = tmp_path / "child.json"
    child = Ledger.start(child_path)
    child.inherit(parent, "runs/parent")
    child.inherit(parent, "runs/parent")
    assert child.epsilon(1e-5) == pytest.approx(parent.epsilon(1e-5), rel=1e-9)
    child.declare("dp_sgd", MECHANISM)
    child.book("dp_sgd", 1000)
    both = accounting.epsilon(dp_accounting.SelfComposedDpEvent(STEP, 2000), 1e-5)
    assert Ledger.open(child_path).epsilon(1e-5) == pytest.approx(both, rel=1e-3)
    parent.book("dp_sgd", 1)
    with pytest.raises(LedgerError, match="has read private data since"):
        child.inherit(parent, "runs/parent")


def test_descent_from_a_run_without_privacy_is_infinite_for_ever(tmp_path):
    parent = Ledger.start(tmp_path / "parent.json")
    parent.record_nonprivate("training without noise")
    child = begin(tmp_path / "child.json")
    child.inherit(parent, "teacher")
    grandchild = begin(tmp_path / "grandchild.json")
    grandchild.inherit(child, "student")
    grandchild.book("dp_sgd", 1)
    assert math.isinf(grandchild.epsilon(1e-5))


def test_the_file_tells_epsilon_at_several_deltas_and_of_which_steps(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 100)
    written = ledger.write_epsilons([3e-6])
    ledger.book("dp_sgd", 50)
    told = json.loads(path.read_text())["epsilons"]
    assert told["booked_steps"] == {"dp_sgd": 100}
    assert {pair["delta"]: pair["epsilon"] for pair in told["values"]} == written
    assert set(written) == {3e-6, 1e-5, 1e-6, 1e-7}
    ledger.record_nonprivate("x")
    ledger.write_epsilons()
    assert {pair["epsilon"] for pair in json.loads(path.read_text())["epsilons"]["values"]} == {"infinite"}
    assert "  " in path.read_text() and ledger.to_json() == json.loads(path.read_text())


def test_every_truncation_and_every_edit_is_detected(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = begin(path)
    ledger.book("dp_sgd", 100)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 13):
        path.write_bytes(whole[:length])
        with pytest.raises(LedgerError):
            Ledger.open(path)
    edits = ((b'"booked_steps": 100', b'"booked_steps": 10'), (b"1.3", b"1.4"), (b"one image", b"one class"))
    for old, new in edits:
        assert old in whole
        path.write_bytes(whole.replace(old, new))
        with pytest.raises(LedgerError, match="edited or damaged"):
            Ledger.open(path)
    for content, message in (
        (b"[]", "not a privacy ledger"),
        (b"\xff\xfe", "damaged"),
        (whole.replace(b'"schema_version": 2', b'"schema_version": 3'), "schema version 3"),
    ):
        path.write_bytes(content)
        with pytest.raises(LedgerError, match=message):
            Ledger.open(path)
    path.write_bytes(whole)
    assert Ledger.open(path).booked("dp_sgd") == 100


def test_booking_is_cheap(tmp_path):
    ledger = begin(tmp_path / "ledger.json")
    start = time.perf_counter()
    for _ in range(20):
        ledger.book("dp_sgd", 1)
    assert (time.perf_counter() - start) / 20 < 0.25


def test_a_disk_that_refuses_stops_the_booking(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        ledger = begin(disk / "ledger.json")
        ledger.book("dp_sgd", 10)
        free = os.statvfs(disk)
        (disk / "ballast").write_bytes(b"x" * free.f_bavail * free.f_frsize)
        with pytest.raises(LedgerError, match="No space left on device. No private step may run"):
            ledger.book("dp_sgd", 5)
        assert ledger.booked("dp_sgd") == 10 == Ledger.open(disk / "ledger.json").booked("dp_sgd")
        (disk / "ballast").unlink()
        ledger.book("dp_sgd", 5)
        assert Ledger.open(disk / "ledger.json").booked("dp_sgd") == 15
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_is_missing_is_one_clear_line(tmp_path):
    with pytest.raises(LedgerError, match="Cannot write the ledger"):
        begin(tmp_path / "none" / "ledger.json")


# Books blocks, "takes" their steps by printing a line for each, and settles: a training without the training.
_TRAINING = """
import os
import sys
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import DPSGD
path, taken = sys.argv[1], int(sys.argv[2])
ledger = (Ledger.open if os.path.exists(path) else Ledger.start)(path)
ledger.declare("dp_sgd", DPSGD(1.3, 1.0, 250, 60_000))
ledger.resume("dp_sgd", taken)
print("ready", flush=True)
while True:
    ledger.book("dp_sgd", 3)
    for _ in range(3):
        taken += 1
        print("taken", flush=True)
    ledger.settle("dp_sgd", taken)
"""


@pytest.mark.parametrize("lives", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_kills_at_random_moments_never_lose_a_step(tmp_path, lives):
    path = tmp_path / "ledger.json"
    moments = random.Random(5)
    taken, checkpoint = 0, 0  # steps over all lives; steps that the last checkpoint holds
    for life in range(lives):
        process = subprocess.Popen(
            [sys.executable, "-c", _TRAINING, str(path), str(checkpoint)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        taken += process.stdout.read().count("taken")
        process.wait()
        ledger = Ledger.open(path)
        assert ledger.booked("dp_sgd") >= taken
        assert ledger.booked("dp_sgd") <= taken + 3 * (life + 1)
        checkpoint = ledger.done("dp_sgd")
        leftovers = [name for name in os.listdir(tmp_path) if name != "ledger.json"]
        for name in leftovers:  # a kill can leave the temporary file; it is never the ledger
            (tmp_path / name).unlink()
    assert taken > 6


class LedgerMachine(RuleBasedStateMachine):
    """Any order of bookings, checkpoints, clean stops and crashes: booked is never below the steps taken."""

    @initialize()
    def start(self):
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "ledger.json")
        self.ledger = begin(self.path)
        self.taken = self.step = self.saved = self.allowed = 0

    @rule(block=st.integers(1, 5))
    def book(self, block):
        self.ledger.book("dp_sgd", block)
        self.allowed += block

    @precondition(lambda self: self.allowed > 0)
    @rule()
    def take_a_step(self):
        self.taken += 1
        self.step += 1
        self.allowed -= 1

    @rule()
    def checkpoint(self):
        self.saved = self.step
        self.ledger.settle("dp_sgd", self.step)

    @rule()
    def checkpoint_and_crash_before_settling(self):
        self.saved = self.step
        self.crash()

    @rule()
    def crash(self):
        self.ledger = begin(self.path)
        self.ledger.resume("dp_sgd", self.saved)
        self.step, self.allowed = self.saved, 0

    @rule()
    def stop_cleanly(self):
        self.saved = self.step
        self.ledger.close_cleanly("dp_sgd", self.step)
        assert self.ledger.booked("dp_sgd") == self.step + self.ledger.lost("dp_sgd")
        self.crash()

    @invariant()
    def booked_covers_taken(self):
        if hasattr(self, "ledger"):
            assert Ledger.open(self.path).booked("dp_sgd") >= self.taken + self.allowed

    def teardown(self):
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestAnyOrder = LedgerMachine.TestCase
TestAnyOrder.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
