import pytest

from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.views import View
from echovlm.evaluation.task import ZeroShotTask
from echovlm.evaluation.tasks import TASKS

ZERO_SHOT = [task for task in TASKS if isinstance(task, ZeroShotTask)]


def test_task_names_are_unique_and_every_task_has_a_source():
    assert len({task.name for task in TASKS}) == len(TASKS)
    assert all(task.source for task in TASKS)


def test_every_finding_has_its_zero_shot_task():
    assert [task.finding for task in ZERO_SHOT] == list(CORE_FINDINGS)


@pytest.mark.parametrize("task", ZERO_SHOT, ids=lambda t: t.name)
def test_prompts_of_the_two_sides_and_of_training_and_unseen_never_coincide(task):
    groups = [task.present, task.absent, task.present_unseen, task.absent_unseen]
    sentences = [sentence for group in groups for sentence in group]
    assert all(len(group) >= 2 for group in groups)
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("task", ZERO_SHOT, ids=lambda t: t.name)
def test_a_finding_is_asked_only_where_it_shows(task):
    assert task.views
    if task.finding is Finding.RA_DILATED:
        assert View.PLAX not in task.views
        assert View.A4C in task.views
