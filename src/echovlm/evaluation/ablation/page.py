"""An ablation told in Markdown: the first question with its answer, then every arm, the losing ones included."""

from collections.abc import Mapping, Sequence
from typing import Final

from echovlm.evaluation.ablation.compare import Interval
from echovlm.evaluation.ablation.result import AblationResult, ArmResult, Tested
from echovlm.evaluation.ablation.scores import METRICS, PRIMARY_METRIC, Metric

_MEANS: Final = ("auroc", "auroc-study", "auroc-within-view", "auroc-unseen", "view", "negation", "negation-unseen",
                 "numbers", "recall-5", "ef-error", "lvidd-error")  # fmt: skip
_DIFFERENCES: Final = (
    "auroc",
    "auroc-study",
    "auroc-unseen",
    "view",
    "negation",
    "numbers",
    "recall-5",
    "ef-error",
)
_CONTROLS: Final = {
    "chance": "chance",
    "view-only": "the prompts with the view's mean embedding",
    "text-only": "the sentences alone",
    "content-oracle": "a perfect reader of view and findings",
    "supervised-ceiling": "a linear probe of the first arm's embeddings",
    "mean": "the mean of the other patients",
}


def render_page(result: AblationResult) -> str:
    """Return the whole ablation in Markdown, for a page that says around it how it was made."""
    own, *others = result.tested
    parts = [_setting(result), *_answer(result, own), *_all_arms(own)]
    for other in others:
        parts += [f"### On other patients: {other.name}", _set_of_patients(other), *_answer(result, other)]
        parts.append(_mean_table(other))
    return "\n\n".join(parts) + "\n"


def render_verdict(name: str, against: str, interval: Interval, metric: Metric) -> str:
    """Return one sentence: who is better by how much, or that neither is shown to be."""
    gain = interval if metric.higher_is_better else _negated(interval)
    if gain.low is None:
        return (
            f"`{name}` and `{against}` differ by {_number(gain.value, metric)}; one seed allows no interval."
        )
    if not gain.excludes_zero:
        return (
            f"`{name}` is **not shown to be better** than `{against}` in {metric.words}: "
            f"{_signed(gain.value, metric)} ({_range(gain, metric)} over seeds and patients) holds zero."
        )
    word = "better" if gain.value > 0 else "worse"
    by = f"{_signed(gain.value, metric)} ({_range(gain, metric)} over seeds and patients)"
    return f"`{name}` is **{word}** than `{against}` in {metric.words}: {by}."


def _setting(result: AblationResult) -> str:
    trained, own = result.run["trained_on"], result.tested[0]
    hearts = "simulated hearts" if result.simulated else "real studies"
    seeds = sorted({len(arm.seeds) for arm in own.arms})
    every = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return (
        f"Trained on {trained['clips']:,} clips of {trained['patients']} patients, tested on {own.clips} clips of "
        f"{own.patients} other patients; {hearts}. {every} seeds an arm. Intervals cover 95 %, over seeds and patients."
    )


def _set_of_patients(tested: Tested) -> str:
    return f"{tested.clips} clips of {tested.patients} patients; every arm as trained above."


def _answer(result: AblationResult, tested: Tested) -> list[str]:
    """Return the answer to the study's first question, metric by metric."""
    first, second = result.primary
    lines = [
        f"- {render_verdict(first, second, tested.primary[metric.key], metric)}"
        for metric in METRICS
        if metric.key in tested.primary
    ]
    asked = f"**Does `{first}` beat `{second}`?**"
    if not lines:
        return [
            f"{asked} Not run: {'neither' if _missing(tested, first, second) == 2 else 'one of them'} is there yet."
        ]
    return [asked, "\n".join(lines)]


def _missing(tested: Tested, *names: str) -> int:
    return sum(tested.arm(name) is None for name in names)


def _all_arms(tested: Tested) -> list[str]:
    parts = ["### Every arm", _mean_table(tested), _control_lines(tested)]
    compared = [arm for arm in tested.arms if arm.against is not None and arm.difference]
    if compared:
        parts += ["### What helped and what did not", _ledger(compared)]
        parts += ["### Every difference", _difference_table(compared)]
    return parts


def _ledger(compared: Sequence[ArmResult]) -> str:
    """Return one line per comparison: where the interval excludes zero, to which side."""
    n_intervals = sum(i.low is not None for arm in compared for i in arm.difference.values())
    lines = [
        f"Each interval is that of one comparison. There are {n_intervals} of them, so about {n_intervals // 20} "
        "exclude zero by luck; a single surprising one is no finding.",
        "",
    ]
    for arm in compared:
        told = {1: [], -1: [], 0: []}  # type: dict[int, list[str]]
        for metric in METRICS:
            interval = arm.difference.get(metric.key)
            if interval is not None:
                told[_side(interval, metric)].append(metric.words)
        words = [
            f"{word} in {'; '.join(told[side])}"
            for side, word in ((1, "**better**"), (-1, "**worse**"))
            if told[side]
        ]
        rest = f"nothing shown in {'the other ' if words else ''}{len(told[0])}" if told[0] else ""
        lines.append(
            f"- `{arm.name}` against `{arm.against}`, {arm.says}: {', '.join(filter(None, (*words, rest)))}."
        )
    return "\n".join(lines)


def _side(interval: Interval, metric: Metric) -> int:
    """Return 1 for a gain that the interval holds, -1 for a loss, 0 for neither."""
    if not interval.excludes_zero:
        return 0
    return 1 if (interval.value > 0) is metric.higher_is_better else -1


def _mean_table(tested: Tested) -> str:
    """Return a row per arm: the mean over seeds, with the range of the seeds of the first metric."""
    metrics = [_metric(key) for key in _MEANS]
    head = ["arm", "steps", "seeds", *(metric.words for metric in metrics)]
    rows = [
        [f"`{arm.name}`", f"{arm.steps}", f"{len(arm.seeds)}", *(_mean_cell(arm, m) for m in metrics)]
        for arm in tested.arms
    ]
    return _table(head, rows, left=1)


def _difference_table(compared: Sequence[ArmResult]) -> str:
    """Return a row per comparison; bold where the interval excludes zero."""
    metrics = [_metric(key) for key in _DIFFERENCES]
    head = ["arm", "against", "what is different", *(metric.words for metric in metrics)]
    rows = [
        [
            f"`{arm.name}`",
            f"`{arm.against}`",
            arm.says,
            *(_difference_cell(arm.difference, m) for m in metrics),
        ]
        for arm in compared
    ]
    return _table(head, rows, left=3)


def _control_lines(tested: Tested) -> str:
    """Return what stands beside each metric: chance, the text alone, and so on."""
    lines = []
    for metric in METRICS:
        controls = tested.controls.get(metric.key, {})
        told = [
            f"{words} {_number(controls[key], metric)}" for key, words in _CONTROLS.items() if key in controls
        ]
        if told:
            lines.append(f"- {metric.words}: {'; '.join(told)}")
    return "\n".join(["Beside these figures:", "", *lines]) if lines else ""


def _mean_cell(arm: ArmResult, metric: Metric) -> str:
    mean = arm.mean.get(metric.key)
    if mean is None:
        return ""
    if metric is not PRIMARY_METRIC or len(mean.per_seed) < 2:
        return _number(mean.value, metric)
    low, high = min(mean.per_seed), max(mean.per_seed)
    return f"{_number(mean.value, metric)} ({_number(low, metric)} to {_number(high, metric)})"


def _difference_cell(difference: Mapping[str, Interval], metric: Metric) -> str:
    interval = difference.get(metric.key)
    if interval is None:
        return ""
    if interval.low is None:
        return _signed(interval.value, metric)
    text = f"{_signed(interval.value, metric)} ({_range(interval, metric)})"
    return f"**{text}**" if interval.excludes_zero else text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> str:
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _metric(key: str) -> Metric:
    return next(metric for metric in METRICS if metric.key == key)


def _negated(interval: Interval) -> Interval:
    """Return the gain of an error: its fall."""
    low = None if interval.high is None else -interval.high
    high = None if interval.low is None else -interval.low
    return Interval(-interval.value, low, high, tuple(-one for one in interval.per_seed))


def _number(value: float, metric: Metric) -> str:
    return (
        f"{value:.1f}" if metric.unit == "pct" else f"{value:.2f}" if metric.unit == "cm" else f"{value:.3f}"
    )


def _signed(value: float, metric: Metric) -> str:
    text = _number(abs(value), metric)
    return f"+{text}" if value >= 0 else f"−{text}"


def _range(interval: Interval, metric: Metric) -> str:
    assert interval.low is not None, "asked only of intervals that exist"
    assert interval.high is not None, "both ends exist or neither"
    return f"{_signed(interval.low, metric)} to {_signed(interval.high, metric)}"
