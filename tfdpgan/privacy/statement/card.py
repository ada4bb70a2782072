# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The privacy card: what a release guarantees, on one page, for a lawyer first and an auditor second.

Its content follows the reporting advice of Ponomareva et al. 2023, "How to DP-fy ML" (the section on
reporting privacy guarantees): setting, unit, adjacency, every access covered and not covered, accountant,
sampling assumed and implemented, tuning, and enough constants to compute epsilon again.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tfdpgan.files.atomic import json_number
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import DEFAULT_DELTAS, Ledger
from tfdpgan.privacy.accounting.replace_one import REPLACE_ONE
from tfdpgan.privacy.mechanisms import Mechanism
from tfdpgan.privacy.mechanisms.normal_numbers import GENERATOR
from tfdpgan.privacy.statement import sentences, truncated_noise

_TEMPLATE = Path(__file__).with_name("privacy_card.md.j2")
# Every (epsilon, delta) of a mechanism bounds its attackers; together they say much more than one of them
# alone.
_DELTAS_FOR_ATTACKERS = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
NOT_STATED = "NOT STATED"


@dataclass(frozen=True)
class CardFacts:
    """What the card needs and the ledger does not know.

    Attributes:
        dataset_name: Name of the training data.
        dataset_is_public: Whether the data's owner declared it public.
        num_examples: N, number of training images, >= 1.
        image_shape: (height, width, channels).
        class_names: Names of the classes, or None without labels.
        delta: The run's delta, in (0, 1).
        mechanisms: Stage -> its `noise_multiplier` (standard deviation of the noise over the clip, as added), its
            `l2_norm_clip` (bound of one image's contribution), its `expected_batch_size` (mean of the Poisson batches;
            None where there are none), what a step `reads` in words, and its `planned_steps`. Empty where nothing
            private is read.
        clip_generated: Whether the generated images' gradients were clipped too; None where no private step has any.
        microbatch_size: Images averaged before the clipping; 1 is the rule.
        adjacency: Which two data sets are neighbours, in words.
        sampling_assumed: What the accountant takes the sampling to be, in words.
        sampling_implemented: What the code does, in words.
        clipping_method: What was clipped how, in words; None where no gradients of private images were taken.
        noise_generator: What made the noise's random numbers, in words.
        noise_seed_fixed: The noise can be predicted: no privacy.
        sampling_seed_fixed: The draws can be predicted: no amplification, so the epsilon computed is not valid.
        tuning_runs: What other runs on this data led to these settings, in the owner's words; None when not
            told.
        public_inputs: Public data, weights and constants that went in.
        command_line: The command.
        versions: Package -> version.
        accesses_not_covered: Uses of the private data that epsilon does not count.
        ancestors: Runs that this one descends from.
        target_epsilon: The budget that was asked for, or None.
        distribution: "one", or how several devices shared the clipped sums.
        released: What leaves the training, one noun.
    """

    dataset_name: str
    num_examples: int
    image_shape: tuple[int, ...]
    delta: float
    mechanisms: dict[str, dict[str, Any]] = field(default_factory=dict)
    dataset_is_public: bool = False
    class_names: Sequence[str] | None = None
    clip_generated: bool | None = True
    microbatch_size: int = 1
    adjacency: str = Mechanism.adjacency
    sampling_assumed: str = "none"
    sampling_implemented: str = "no private step"
    clipping_method: str | None = None
    noise_generator: str = GENERATOR
    noise_seed_fixed: bool = False
    sampling_seed_fixed: bool = False
    tuning_runs: str | None = None
    public_inputs: Sequence[str] = ()
    command_line: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    accesses_not_covered: Sequence[str] = ()
    ancestors: Sequence[str] = ()
    target_epsilon: float | None = None
    distribution: str = "one"
    released: str = "generator"


def facts_of_mechanisms(mechanisms: Mapping[str, Mechanism]) -> dict[str, Any]:
    """The fields of CardFacts that the mechanisms of a run, by stage, decide."""
    if not mechanisms:
        return {}
    sampling = [each for each in mechanisms.values() if each.sampling] or list(mechanisms.values())
    clipping = [each.clipping_in_words for each in mechanisms.values() if each.clipping_in_words]
    return {
        "adjacency": _joined(each.adjacency for each in mechanisms.values()),
        "sampling_assumed": _joined(each.sampling_assumed for each in sampling),
        "sampling_implemented": _joined(each.sampling_implemented for each in sampling),
        "clipping_method": _joined(clipping) or None,
        "microbatch_size": max(each.microbatch_size for each in mechanisms.values()),
    }


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def build_card(ledger: Ledger, facts: CardFacts) -> dict[str, Any]:
    """The card as plain JSON data; `render_markdown` makes the page from it.

    Reads the ledger and the facts, no images. Infinite epsilons are the string "infinite", so that the result
    is standard JSON. `card["is_private"]` is False when epsilon is infinite, does not hold (a fixed seed),
    or rests on parts that nobody has reviewed.

    Raises:
        ValueError: A bad delta in the facts.
    """
    seeds = ledger.fixed_seeds()
    facts = replace(
        facts,
        noise_seed_fixed=facts.noise_seed_fixed or "noise" in seeds,
        sampling_seed_fixed=facts.sampling_seed_fixed or "sampling" in seeds,
    )
    reported = sorted({*DEFAULT_DELTAS, facts.delta}, reverse=True)
    epsilons = ledger.epsilons([*reported, *_DELTAS_FOR_ATTACKERS])
    epsilon = epsilons[facts.delta]
    reasons = _reasons_not_private(ledger, facts, epsilon)
    content, unreviewed = ledger.to_json(), ledger.unreviewed()
    claimed = bool(unreviewed) and not (epsilon == 0 and facts.dataset_is_public)
    holds = not reasons and not claimed
    is_replaced = accounting.neighboring_relation(ledger.event()) == REPLACE_ONE
    return {
        "title": f"Privacy card: {facts.released} trained on {facts.dataset_name}",
        "statement": sentences.statement(
            facts.dataset_name,
            facts.dataset_is_public,
            epsilon,
            facts.delta,
            reasons,
            facts.released,
            unreviewed,
            "another" if is_replaced else "left out of the training",
        ),
        "is_private": holds,
        "epsilon": json_number(epsilon),
        "delta": facts.delta,
        "meaning": sentences.meaning(epsilons, facts.delta, facts.released) if holds and epsilon > 0 else [],
        "covered": _covered(content, facts),
        "not_covered": _not_covered(facts),
        "red_flags": red_flags(ledger, facts),
        "setting": "central: the trainer sees the images, the public sees only what is released",
        "unit": "one image",
        "adjacency": REPLACE_ONE if is_replaced else facts.adjacency,
        "epsilons": [{"delta": delta, "epsilon": json_number(epsilons[delta])} for delta in reported],
        "stages": [_stage_row(name, entry) for name, entry in content["stages"].items()],
        "accountant": accounting.describe_accountant(ledger.accountant, ledger.event()),
        "sampling_assumed": facts.sampling_assumed,
        "randomness": _randomness(facts),
        "tuning_runs": facts.tuning_runs or NOT_STATED,
        "public_inputs": [*facts.public_inputs, *content["public_data"]],
        "public_data": content["public_data"],
        "nonprivate_accesses": content["nonprivate_accesses"],
        "ancestors": list(dict.fromkeys([*facts.ancestors, *content["ancestors"]])),
        "ledger": ledger.seal().to_json(),
        "facts": asdict(facts),
    }


def red_flags(ledger: Ledger, facts: CardFacts) -> list[str]:
    """What a careful reader should stop at, one sentence each; an empty list when there is nothing."""
    epsilon = ledger.epsilon(facts.delta)
    content = ledger.to_json()
    lost = sum(entry["lost_steps"] for entry in content["stages"].values())
    inherited = _nonprivate_ancestors(content)
    target, shown = facts.target_epsilon, epsilon_text(epsilon)
    flags = [
        (facts.noise_seed_fixed, "The noise came from a fixed seed: whoever knows it can remove the noise."),
        (facts.sampling_seed_fixed, "The batches came from a fixed seed: epsilon does not hold."),
        (ledger.has_truncated_noise, truncated_noise.FLAG),
        (bool(ledger.unreviewed()), f"Not reviewed: {', '.join(ledger.unreviewed())}."),
        (bool(inherited), f"Descends from a run without privacy: {', '.join(inherited)}."),
        (math.isinf(epsilon), "Epsilon is infinite."),
        (10 < epsilon < math.inf, f"Epsilon {shown} is above 10: weak to no protection in itself."),
        (
            target is not None and target < epsilon < math.inf,
            f"Epsilon {shown} is above the budget of {target}.",
        ),
        (
            facts.delta > 1 / facts.num_examples and not facts.dataset_is_public,
            f"Delta {facts.delta:g} is above one over the number of images ({1 / facts.num_examples:.3g}): "
            "it would allow publishing a whole image now and then.",
        ),
        (
            lost > 0,
            f"Resumed over a crash: {lost} booked step{'s' * (lost != 1)} may or may not have run, and "
            f"{'are' if lost != 1 else 'is'} counted.",
        ),
        (
            facts.microbatch_size > 1,
            f"Microbatches of {facts.microbatch_size} images: the sensitivity is doubled (it is counted so).",
        ),
        (facts.clip_generated is False, "Generated images were not clipped: costs utility, not privacy."),
    ]
    return [text for applies, text in flags if applies]


def render_markdown(card: dict[str, Any]) -> str:
    """The card as one page of markdown. Takes what `build_card` returned, or the same read back from JSON."""
    import jinja2  # not needed for planning, which must start fast

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False
    )
    environment.filters["epsilon_text"] = epsilon_text
    environment.filters["cell"] = lambda text: " ".join(str(text).split()).replace("|", "\\|")
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(card=card)


def _reasons_not_private(ledger: Ledger, facts: CardFacts, epsilon: float) -> list[str]:
    content = ledger.to_json()
    reasons = []
    if math.isinf(epsilon):
        reasons += content["nonprivate_accesses"]
        reasons += [f"its descent from {name}" for name in _nonprivate_ancestors(content)]
        reasons = reasons or ["steps taken without noise"]
    if facts.noise_seed_fixed and epsilon > 0:
        reasons.append("a fixed noise seed (the noise can be removed)")
    if facts.sampling_seed_fixed and epsilon > 0:
        reasons.append("a fixed sampling seed (the batches can be predicted)")
    return reasons


def _covered(content: dict[str, Any], facts: CardFacts) -> list[str]:
    accesses = [
        f"{entry['description'].rstrip('.')} ({_times(entry['booked_steps'])})"
        for entry in content["stages"].values()
        if entry["booked_steps"]
    ]
    accesses += [f"everything that its parent run {name} did" for name in content["ancestors"]]
    return accesses or [f"nothing: no access to images of {facts.dataset_name} was booked"]


def _not_covered(facts: CardFacts) -> list[str]:
    general = [
        "several images of one person together (for k images epsilon is k times as large, delta grows more)",
        "what is true of the images as a whole: learning that is the purpose",
    ]
    tuning = [] if facts.tuning_runs else ["other runs on this data to find settings (NOT STATED)"]
    return [*general, *tuning, *facts.accesses_not_covered]


def _stage_row(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "mechanism": _in_words(entry["mechanism_of_one_step"]),
        "booked_steps": entry["booked_steps"],
        "done_steps": entry["done_steps"],
        "lost_steps": entry["lost_steps"],
        "parameters": entry["parameters"],
        "event": entry["mechanism_of_one_step"],
    }


def _in_words(event: dict[str, Any]) -> str:
    match event["type"]:
        case "GaussianDpEvent":
            return f"Gaussian, accounted noise multiplier {event['noise_multiplier']:.6g}"
        case "PoissonSampledDpEvent":
            probability = event["sampling_probability"]
            return f"{_in_words(event['event'])}, on a Poisson sample of rate {probability:.6g}"
        case "SampledWithoutReplacementDpEvent":
            return f"{_in_words(event['event'])}, on one of {event['source_dataset_size']} shards, drawn in secret"
        case "SelfComposedDpEvent":
            return f"{event['count']} times: {_in_words(event['event'])}"
        case "ComposedDpEvent":
            return "; then ".join(_in_words(part) for part in event["events"])
    return {"NoOpDpEvent": "nothing", "NonPrivateDpEvent": "access without privacy"}[event["type"]]


def _randomness(facts: CardFacts) -> str:
    noise = "FIXED SEED" if facts.noise_seed_fixed else "fresh, keyed by the operating system"
    sampling = "FIXED SEED" if facts.sampling_seed_fixed else "fresh, seeded by the operating system"
    return f"noise: {facts.noise_generator}, {noise}; batches: {sampling}"


def _nonprivate_ancestors(content: dict[str, Any]) -> list[str]:
    """Names of the recorded ancestors whose epsilon is infinite; RDP tells that in milliseconds."""
    events = {name: accounting.event_from_json(run["event"]) for name, run in content["ancestors"].items()}
    return [name for name, event in events.items() if math.isinf(accounting.epsilon(event, 1e-5, "rdp"))]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
