"""The values of a source's patients, from which the opposites of measured statements are drawn.

They lie once beside the parts of studies, and each worker reads them once: some 100 kB that need not go with every job.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from echovlm.clinical import Measurement, Quantity, Sex, derive
from echovlm.curation.task import Listing
from echovlm.dataset import Split, split_of
from echovlm.dataset.shards import WORK_FOLDER
from echovlm.reports import NOBODY, Population, count_population
from echovlm.stores import Store

_QUANTITY: Final = {quantity.key: quantity for quantity in Quantity}


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


def write_population(store: Store, population: Population) -> str:
    """Write a population where workers find it, and return its name, which tells its content."""
    plain = [
        [quantity.key, None if sex is None else sex.value, counts]
        for (quantity, sex), counts in population.counts.items()
    ]
    content = json.dumps(plain).encode()
    name = f"{WORK_FOLDER}/population-{hashlib.sha256(content).hexdigest()[:16]}.json"
    store.write(name, content)
    return name


@lru_cache(maxsize=1)
def read_population(store: Store, name: str) -> Population:
    """Return a population that was written; nobody where the name is empty."""
    if not name:
        return NOBODY
    return Population(
        {
            (_QUANTITY[key], None if sex is None else Sex(sex)): tuple(
                (value, count) for value, count in counts
            )
            for key, sex, counts in json.loads(store.read(name))
        }
    )
