"""Run every benchmark and print one line per figure."""

from benchmarks import decode, grading, parsing, pipeline, simulate

for module in (decode, grading, parsing, simulate, pipeline):
    for what, value, unit in module.rows():
        print(f"{what:<52} {value:10.2f} {unit}", flush=True)
