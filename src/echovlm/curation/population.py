"""The values of a source's patients, from which the opposites of measured statements are drawn."""

from collections.abc import Iterator

from echovlm.clinical import Measurement, Sex, derive
from echovlm.curation.task import Listing
from echovlm.dataset import Split, split_of
from echovlm.reports import Population, count_population


def find_population(listing: Listing) -> Population:
    """Return how often each value is printed in the studies of the training patients, given and derived ones alike.

    Patients of the other splits lend no value: a text drawn from them would show what the test is like.
    """
    return count_population(_iter_studies(listing))


def _iter_studies(listing: Listing) -> Iterator[tuple[tuple[Measurement, ...], Sex | None]]:
    for task in listing.tasks:
        values = {each.quantity: each for each in (*reversed(task.noted), *reversed(task.measurements))}
        if task.verdict is not None or task.patient_id is None or not values:
            continue
        if (task.split or split_of(task.patient_id)) is Split.TRAIN:
            given = tuple(values.values())
            yield derive(given) if task.is_adult else given, task.sex
