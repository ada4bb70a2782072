# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from tests.methods.gswgan.small import NUM_CRITICS, bank_of, batches_of, rows_of
from tfdpgan.files import atomic
from tfdpgan.methods.gswgan import bank_files
from tfdpgan.methods.gswgan.bank_files import BankFiles


def same(one, other):
    return all(np.array_equal(value, rows_of(other)[name]) for name, value in rows_of(one).items())


def test_a_bank_comes_back_and_goes_on_as_if_nothing_had_happened(tmp_path, digit_images):
    bank, files = bank_of(), BankFiles(tmp_path / "critics")
    assert files.save(bank, 0) == NUM_CRITICS
    bank.train(np.array([1, 4]), batches_of(digit_images, [1, 4]))
    assert files.save(bank, 1) == 2, "only the critics that changed"
    assert files.save(bank, 2) == 0
    again = bank_of(num_critics=NUM_CRITICS)
    BankFiles(tmp_path / "critics").load(again, 2)
    assert same(bank, again)
    for each in (bank, again):
        each.train(np.array([4, 0]), batches_of(digit_images, [4, 0]))
    assert same(bank, again)


def test_earlier_saves_stay_until_they_are_forgotten(tmp_path, digit_images):
    bank, files = bank_of(), BankFiles(tmp_path)
    files.save(bank, 0)
    first = rows_of(bank)
    bank.train(np.arange(NUM_CRITICS), batches_of(digit_images, range(NUM_CRITICS)))
    files.save(bank, 1)
    again = bank_of()
    BankFiles(tmp_path).load(again, 0)
    assert all(np.array_equal(first[name], value) for name, value in rows_of(again).items())
    files.forget_others(1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bank_000000001.json", "critics_000000001.npz"]
    BankFiles(tmp_path).load(again, 1)
    with pytest.raises(ValueError, match="step 0 in .* cannot be read"):
        BankFiles(tmp_path).load(again, 0)


@pytest.mark.parametrize("dies_at", [0, 1])
def test_a_crash_in_a_save_leaves_the_one_before(tmp_path, digit_images, monkeypatch, dies_at):
    bank, files = bank_of(), BankFiles(tmp_path)
    files.save(bank, 0)
    before = rows_of(bank)
    bank.train(np.array([2]), batches_of(digit_images, [2]))
    writes = []

    def failing(path, *args, **kwargs):
        if len(writes) == dies_at:
            raise OSError("no space left")
        writes.append(path)
        return real(path, *args, **kwargs)

    real = atomic.write_bytes_atomically
    monkeypatch.setattr(bank_files, "write_bytes_atomically", failing)
    monkeypatch.setattr(atomic, "write_bytes_atomically", failing)
    with pytest.raises(OSError):
        files.save(bank, 1)
    assert bank.changed[2], "the next save writes it again"
    again = bank_of()
    BankFiles(tmp_path).load(again, 0)
    assert all(np.array_equal(before[name], value) for name, value in rows_of(again).items())
    monkeypatch.undo()
    files.save(bank, 1)
    BankFiles(tmp_path).load(again, 1)
    assert same(bank, again)


def test_many_small_saves_are_put_together(tmp_path, digit_images):
    bank, files = bank_of(), BankFiles(tmp_path)
    written = []
    for step in range(2 * NUM_CRITICS):
        critic = step % NUM_CRITICS
        bank.train(np.array([critic]), batches_of(digit_images, [critic]))
        written.append(files.save(bank, step))
        files.forget_others(step)
    assert written == [NUM_CRITICS] + [1] * (2 * NUM_CRITICS - 1)
    assert len(list(tmp_path.glob("critics_*.npz"))) <= NUM_CRITICS
    again = bank_of()
    BankFiles(tmp_path).load(again, step)
    assert same(bank, again)


def test_another_bank_is_refused(tmp_path):
    BankFiles(tmp_path).save(bank_of(), 0)
    with pytest.raises(ValueError, match="it is of 6 critics, the bank has 5"):
        BankFiles(tmp_path).load(bank_of(num_critics=5), 0)
