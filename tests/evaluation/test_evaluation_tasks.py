from collections import Counter

import pytest

from echovlm.clinical.diseases import DISEASES
from echovlm.clinical.views import Mode
from echovlm.evaluation.answers import METRICS
from echovlm.evaluation.needs import DataName
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.zero_shot import ZeroShotTask

ZERO_SHOT = [task for task in (*TASKS, *SUPPLEMENTARY) if isinstance(task, ZeroShotTask)]


def test_there_are_36_tasks_in_five_families():
    family = Counter(task.name.split("/")[0] for task in TASKS)
    assert family == {"zero-shot": 18, "retrieval": 4, "view": 3, "segmentation": 6, "landmarks": 5}
    assert len(TASKS) == 36


def test_names_are_unique_and_every_task_has_a_source_data_and_a_headline_that_is_a_metric():
    every = (*TASKS, *SUPPLEMENTARY)
    assert len({task.name for task in every}) == len(every)
    for task in every:
        assert task.source
        assert DataName.ECHOBENCH in task.data
        assert task.headline in {metric.name for metric in METRICS}
        assert task.needs


def test_every_real_dataset_fits_a_task():
    assert {name for task in TASKS for name in task.data} == set(DataName)


def test_every_disease_has_its_zero_shot_task():
    assert [task.disease for task in ZERO_SHOT[:18]] == list(DISEASES)


@pytest.mark.parametrize("mode", [None, Mode.B, Mode.COLOR, Mode.CW])
@pytest.mark.parametrize("task", ZERO_SHOT, ids=lambda t: t.name)
def test_prompts_of_the_two_sides_and_of_training_and_unseen_never_coincide(task, mode):
    groups = [
        task.prompts(present=present, unseen=unseen, mode=mode)
        for present in (True, False)
        for unseen in (True, False)
    ]
    sentences = [sentence for group in groups for sentence in group]
    assert all(len(group) >= 2 for group in groups)
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("task", ZERO_SHOT, ids=lambda t: t.name)
def test_the_values_of_the_multimodal_arm_are_those_that_the_rules_read(task):
    assert task.reads or task.name in {"zero-shot/wall-motion-abnormality"}
