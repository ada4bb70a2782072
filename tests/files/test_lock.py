# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One process at a time: the second is refused, and a dead one holds nothing."""

import signal
import subprocess
import sys
import textwrap

import pytest

from tfdpgan.files.lock import LockedError, locked

HOLDER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from tfdpgan.files.lock import locked
    with locked(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
    """
)


@pytest.mark.parametrize("ending", ["ends", "is killed"])
def test_a_second_process_is_refused_until_the_first_one(tmp_path, ending):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError), locked(tmp_path):
            pass
        if ending == "is killed":
            holder.send_signal(signal.SIGKILL)
        else:
            holder.stdin.close()
        holder.wait()
        with locked(tmp_path):
            pass


def test_a_block_that_fails_gives_the_lock_back(tmp_path):
    with pytest.raises(ValueError), locked(tmp_path):
        with pytest.raises(LockedError), locked(tmp_path):
            pass
        raise ValueError
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_locked_one(tmp_path):
    with pytest.raises(FileNotFoundError), locked(tmp_path / "none"):
        pass
