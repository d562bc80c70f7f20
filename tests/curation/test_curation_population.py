"""Counterfactual numbers of a dataset are those of its training patients."""

from curation_trees import plain_study, write_tree

from echovlm.clinical import Quantity
from echovlm.curation import read_source
from echovlm.curation.population import find_population, read_population, write_population
from echovlm.dataset import Split, split_of
from echovlm.reports import NOBODY
from echovlm.stores import open_store

EF, EDV, BSA = Quantity.LVEF_BIPLANE, Quantity.LV_EDV_BIPLANE, Quantity.BSA


def test_patients_of_training_lend_their_values_and_others_none(tmp_path):
    studies = [
        plain_study(number, values={"biplane_lvef": (str(20 + number), "%"), "biplane_lvedv": ("140", "mL")})
        for number in range(1, 31)
    ]
    listing = read_source(write_tree(tmp_path / "tree", studies))
    lent = {int(number) for number, _ in find_population(listing).values(EF, None)}
    splits = {task.measurements[0].value - 20: split_of(str(task.patient_id)) for task in listing.tasks}
    assert {20 + number for number, split in splits.items() if split is Split.TRAIN} == lent
    assert len(lent) < 30


def test_derived_values_are_lent_as_well(tmp_path):
    values = {"height_cm": ("170", "cm"), "weight_kg": ("70", "kg"), "biplane_lvedv": ("140", "mL")}
    listing = read_source(
        write_tree(tmp_path / "tree", [plain_study(number, values=values) for number in range(1, 9)])
    )
    population = find_population(listing)
    assert population.values(BSA, None)
    assert population.values(Quantity.LV_EDV_INDEX, None)


def test_a_population_comes_back_from_the_store_as_it_was_counted(tmp_path):
    values = {"biplane_lvef": ("55", "%"), "biplane_lvedv": ("140.5", "mL")}
    listing = read_source(write_tree(tmp_path / "tree", [plain_study(n, values=values) for n in range(1, 9)]))
    population, store = find_population(listing), open_store(tmp_path / "out")
    name = write_population(store, population)
    assert read_population(store, name) == population
    assert population != NOBODY == read_population(store, "")
