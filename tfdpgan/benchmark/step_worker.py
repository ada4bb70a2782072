# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One process for each candidate, so that they can be timed in turns and memory is each one's own.

A worker prepares its step, says so on stdout in one line of JSON, and then takes as many steps as each line on stdin
asks for. While the others are timed it waits and uses no processor. Neither side needs TensorFlow here: workers of
other frameworks, run by other interpreters, speak the same protocol.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Step = Callable[[], Any]

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_MEBIBYTE = 2**20
_SHARE_OF_FREE_MEMORY = 0.8
_SIGNS_OF_LACKING_MEMORY = ("bad_alloc", "RESOURCE_EXHAUSTED", "ResourceExhausted", "allocate memory", "OOM when")


class Unavailable(Exception):
    """This candidate cannot be measured here; the message says why."""


def serve(prepare: Callable[[], tuple[Step, dict[str, Any]]], warm_up_steps: int = 1) -> None:
    """Runs a worker until its stdin ends.

    Args:
        prepare: returns the step (which has ended, results included, when it returns) and facts about it, JSON data;
            raises Unavailable where there is nothing to measure.
        warm_up_steps: steps that are not timed: tracing, allocation.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    _fail_first_for_memory()
    try:
        step, facts = prepare()
    except Unavailable as reason:
        answer({"unavailable": str(reason)})
        return
    before = _resident_memory()
    for _ in range(warm_up_steps):
        step()
    answer(facts)
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        peak = _peak_memory()
        answer(
            {
                "seconds": seconds,
                "peak_memory_mib": peak / _MEBIBYTE,
                "step_memory_mib": max(0, peak - before) / _MEBIBYTE,
            }
        )


class Worker:
    """The measuring side: a running worker.

    Args:
        python: the interpreter.
        module: a module of this package that calls `serve`.
        arguments: its command line.

    Attributes:
        facts: what the worker's `prepare` said of the step.

    Raises:
        Unavailable: the worker could not prepare its step.
    """

    def __init__(self, python: str, module: str, arguments: Sequence[str]) -> None:
        environment = {**os.environ, "PYTHONPATH": _joined_path(str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH"))}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the worker)
        self._process = subprocess.Popen(
            [python, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
        )
        try:
            self.facts = self._answer()
            if "unavailable" in self.facts:
                raise Unavailable(self.facts["unavailable"])
        except BaseException:
            self.close()
            raise

    def run(self, num_steps: int) -> dict[str, Any]:
        """Takes steps; returns `seconds` of each, and the process's `peak_memory_mib` and `step_memory_mib` so far."""
        with contextlib.suppress(BrokenPipeError):  # a worker that died is reported by its missing answer
            self._process.stdin.write(f"{num_steps}\n")
            self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Ends the worker."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        if code == -signal.SIGKILL or any(word in line for line in said[-40:] for word in _SIGNS_OF_LACKING_MEMORY):
            raise Unavailable("it needs more memory than was free")
        raise Unavailable(f"it ended with code {code}: {said[-1] if said else 'no message'}")


@contextlib.contextmanager
def running(python: str, module: str, arguments: Sequence[str]) -> Iterator[Worker]:
    """A worker that ends with the block."""
    worker = Worker(python, module, arguments)
    try:
        yield worker
    finally:
        worker.close()


def _fail_first_for_memory() -> None:
    """Lets this process fail, and no other, when it asks for more memory than the machine has (Linux).

    Per-example gradients can ask for tens of gigabytes. The worker's data may grow to what is free now; should memory
    run out all the same, the kernel ends the worker first.
    """
    with contextlib.suppress(OSError, ValueError, StopIteration):
        Path("/proc/self/oom_score_adj").write_text("1000")
        lines = Path("/proc/meminfo").read_text().splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
        _, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(_SHARE_OF_FREE_MEMORY * available), hard_limit))


def _resident_memory() -> int:
    """Bytes of this process that are in memory now (Linux); the peak so far elsewhere."""
    return _status("VmRSS") or _largest_resident_set()


def _peak_memory() -> int:
    """The most bytes that were in memory at once. Not ru_maxrss on Linux: there it starts at the parent's size."""
    return _status("VmHWM") or _largest_resident_set()


def _status(name: str) -> int | None:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
    return None


def _largest_resident_set() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _joined_path(first: str, rest: str | None) -> str:
    return first if not rest else os.pathsep.join([first, rest])
