"""View classification by prompts."""

from typing import Final

from echovlm.clinical.statements import view_sentences
from echovlm.evaluation.task import ViewTask
from echovlm.models import MVP_VIEWS

TASKS: Final = (
    ViewTask(
        name="view/zero-shot",
        prompts=tuple((view, view_sentences(view)) for view in MVP_VIEWS),
        prompts_unseen=tuple((view, view_sentences(view, held_out=True)) for view in MVP_VIEWS),
        source="views of ASE 2019 (Mitchell et al.); our choice of task",
    ),
)
