# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Private gradients: what a private step releases, and the book that lets each release be used once."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import tensorflow as tf


class UnprivatizedGradientsError(RuntimeError):
    """Raised when an optimizer is handed gradients that its own private step did not make just now."""

    # AutoGraph raises errors of traced code anew, and keeps the type only of those that are built like this.
    __init__ = Exception.__init__


class PrivateGradients:
    """The noised gradients of one private step, to be applied once by the optimizer that made them.

    It holds no loss, norm or count of the real examples: those are as private as the examples themselves.
    """

    __slots__ = ("_gradients", "_variables", "__weakref__")

    def __init__(self, gradients: Sequence[tf.Tensor], variables: Sequence[tf.Variable]) -> None:
        self._gradients = tuple(gradients)
        self._variables = tuple(variables)

    @property
    def gradients(self) -> tuple[tf.Tensor, ...]:
        """The gradients, aligned with `variables`."""
        return self._gradients

    @property
    def variables(self) -> tuple[tf.Variable, ...]:
        """The trainable variables of the model."""
        return self._variables


@dataclass(frozen=True)
class _Entry:
    gradients: tuple[tf.Tensor, ...]
    variables: tuple[tf.Variable, ...]
    trace: Any


class IssueBook:
    """Remembers the private gradients that were issued and not applied yet.

    What is applied is what the book remembers, never what the caller's object says: an object that was
    built by hand, copied or changed opens nothing. Entries of objects that nobody holds any more
    disappear.
    """

    def __init__(self) -> None:
        self._entries: weakref.WeakKeyDictionary[PrivateGradients, _Entry] = weakref.WeakKeyDictionary()

    def issue(self, gradients: Sequence[tf.Tensor], variables: Sequence[tf.Variable]) -> PrivateGradients:
        """Returns private gradients that `redeem` accepts once, in the trace (or eager mode) of this call."""
        private = PrivateGradients(gradients, variables)
        self._entries[private] = _Entry(private.gradients, private.variables, _current_trace())
        return private

    def redeem(self, private: Any) -> list[tuple[tf.Tensor, tf.Variable]]:
        """Returns the pairs of gradients and variables that were issued as `private`, and forgets them.

        Raises:
            UnprivatizedGradientsError: if `private` is not what this book issued, was redeemed before, was
                changed since, or belongs to another trace.
        """
        entry = self._entries.pop(private, None) if isinstance(private, PrivateGradients) else None
        if entry is None:
            raise UnprivatizedGradientsError(
                "apply_gradients takes only what private_gradients of the same optimizer returned, and takes "
                f"it once. Received: {type(private).__name__} that is raw, used up or another optimizer's."
            )
        is_unchanged = _are_same(private.gradients, entry.gradients)
        if not (is_unchanged and _are_same(private.variables, entry.variables)):
            raise UnprivatizedGradientsError(
                "These private gradients were changed after they were issued. Process gradients inside the "
                "Keras optimizer (clipnorm, weight_decay), which sees them after the noise."
            )
        if entry.trace is not _current_trace():
            raise UnprivatizedGradientsError(
                "These private gradients come from another trace, where they could be applied more than "
                "once. Call private_gradients and apply_gradients one after the other in the same function."
            )
        return list(zip(entry.gradients, entry.variables, strict=True))


def _are_same(now: Sequence[Any], then: Sequence[Any]) -> bool:
    return len(now) == len(then) and all(a is b for a, b in zip(now, then, strict=True))


def _current_trace() -> Any:
    """Returns the graph that is being traced, or None in eager mode."""
    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()


def refuse_raw_gradients(method: str) -> NoReturn:
    """Raises UnprivatizedGradientsError for a way of Keras to update weights that asks for raw gradients."""
    raise UnprivatizedGradientsError(
        f"`{method}` of a private optimizer would use raw gradients. Call private_gradients and "
        "apply_gradients, or train with DPModel or DPSequential."
    )
