# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What is taken to be public of a data set: the sentences in which the privacy card says so.

One image more may change what was read off the data: a colour image makes all of them colour, a new folder adds a
class. Such a fact is either stated by whoever trains, or it stands on the card as an input that was taken to be public.
"""

from __future__ import annotations

AS_PUBLISHED = "as the data set is published"
NUMBER = "the number of images, and what follows from it where it was not stated (batch size, steps, noise of a budget)"


def facts_of_format(image_size: int | None, color_mode: str, otherwise: str, classes: str | None) -> tuple[str, ...]:
    """The sentences of a data set.

    Args:
        image_size: that was asked for; None for none.
        color_mode: that was asked for; "auto" for none.
        otherwise: where size and colours come from in that case, such as "read off the images".
        classes: where number and names of the classes come from; None for unlabelled images.
    """
    facts = [
        NUMBER,
        f"the size of the images, {otherwise if image_size is None else 'as stated'}",
        f"grey or colour, {otherwise if color_mode == 'auto' else 'as stated'}",
    ]
    if classes is not None:
        facts.append(f"number and names of the classes, {classes}")
    return tuple(facts)
