"""What a model said of a dataset, computed once and shared by all tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.evaluation.blind import BlindAnswer, average_training_patient
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import EncodedClips, encode_clips
from echovlm.evaluation.contenders import Contender
from echovlm.evaluation.needs import Need, Question
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.traces import TracedFrame, trace_frames

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the models said of a split.

    Attributes:
        data: The dataset; ``None`` where answers were made up.
        rows: The clips of the evaluated split.
        resamples: The drawn patients.
        model: The model under test.
        clips: Every clip through the model; ``None`` when no chosen task needs them.
        bank: Every sentence that the chosen tasks use; ``None`` when the model takes none or no task needs them.
        learning: The training split; ``None`` when no task needs it, or it is the one that is evaluated.
        tuning: The validation split; likewise.
        ceiling: The clips through a classifier trained on the labels; ``None`` without one.
        traced: Every frame with a truth; ``None`` without a model that outlines, or without need.
        blind: The average training patient; ``None`` without need.
        cache: Where what took long to score is kept.
    """

    data: EchoGround | None
    rows: tuple[ClipRow, ...]
    resamples: PatientResamples
    model: Contender
    clips: EncodedClips | None = None
    bank: SentenceBank | None = None
    learning: EncodedClips | None = None
    tuning: EncodedClips | None = None
    ceiling: EncodedClips | None = None
    traced: tuple[TracedFrame, ...] | None = None
    blind: BlindAnswer | None = field(default=None, repr=False)
    cache: AnswerCache = field(default=AnswerCache(None), repr=False)


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one run.

    Attributes:
        model: Under test.
        outliner: Gives masks and landmarks; the model itself when it can.
        ceiling: A classifier trained on the labels, if any.
    """

    model: Contender
    outliner: Contender | None
    ceiling: Contender | None


def gather(
    data: EchoGround,
    rows: Sequence[ClipRow],
    split: Split,
    *,
    tasks: Sequence[Question],
    models: Models,
    resamples: PatientResamples,
    cache: AnswerCache,
    on_progress: Progress,
) -> Evidence:
    """Run the models as far as the tasks need; ``on_progress`` counts clips."""
    needs = frozenset[Need]().union(*(task.needs for task in tasks))
    jobs = _jobs(data, rows, split, needs, models)
    total, done = sum(len(r) for r, _ in jobs.values()), 0
    encoded: dict[str, EncodedClips] = {}
    traced = None
    for name, (some, model) in jobs.items():
        before = done

        def tell(count: int, before: int = before) -> None:
            on_progress(before + count, total)

        if name == "traces":
            traced = trace_frames(data, some, model=model, cache=cache, on_clip=tell)
        else:
            encoded[name] = encode_clips(data, some, model=model, cache=cache, on_clip=tell)
        done += len(some)
    asks = Need.CLIPS in needs and models.model.can("embed_texts")
    sentences = {s for task in tasks for s in task.sentences(rows)} if asks else set()
    return Evidence(
        data=data,
        rows=tuple(rows),
        resamples=resamples,
        model=models.model,
        clips=encoded.get("clips"),
        bank=SentenceBank.encode(models.model, sentences, cache=cache) if sentences else None,
        learning=encoded.get("learning"),
        tuning=encoded.get("tuning"),
        ceiling=encoded.get("ceiling"),
        traced=traced,
        blind=average_training_patient(data, training=jobs.get("learning", (None,))[0])
        if Need.TRACES in needs
        else None,
        cache=cache,
    )


def _jobs(
    data: EchoGround, rows: Sequence[ClipRow], split: Split, needs: frozenset[Need], models: Models
) -> dict[str, tuple[Sequence[ClipRow], Contender]]:
    """Return which clips go through which model, by the name of the evidence."""
    jobs: dict[str, tuple[Sequence[ClipRow], Contender]] = {}
    if Need.CLIPS in needs:
        jobs["clips"] = (rows, models.model)
        if models.ceiling is not None:
            jobs["ceiling"] = (rows, models.ceiling)
    for name, need, other in (
        ("learning", Need.LEARNING_CLIPS, Split.TRAIN),
        ("tuning", Need.TUNING_CLIPS, Split.VAL),
    ):
        if need in needs and other is not split and (found := data.rows(other)):
            jobs[name] = (found, models.model)
    if Need.TRACES in needs and models.outliner is not None:
        jobs["traces"] = ([row for row in rows if row.masks or row.landmarks], models.outliner)
    return jobs
