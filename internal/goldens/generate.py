"""Writes the golden JSON files next to this script. See README.md."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True

# One thread and no vector extensions, so that sums have one order.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["ATEN_CPU_CAPABILITY"] = "default"

import torch  # noqa: E402

from families import (  # noqa: E402
    activations, attention, dense, golden, grouped, images, losses, lru, nets, norms, optimizers, recurrent, schedules, tensors,
    trajectories, transformers,
)

FAMILIES = {
    "activations": activations,
    "attention": attention,
    "dense": dense,
    "grouped": grouped,
    "images": images,
    "norms": norms,
    "losses": losses,
    "lru": lru,
    "nets": nets,
    "optimizers": optimizers,
    "recurrent": recurrent,
    "tensors": tensors,
}

# Numbers in float64 that only one package reads, by their file from the root of the repository.
FILES = {
    "graph/attention/testdata/torch.json": transformers,
    "train/optim/testdata/trajectories.json": trajectories,
    "train/schedule/testdata/schedules.json": schedules,
}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(__file__).parent
    for name, family in FAMILIES.items():
        golden.write(folder / f"{name}.json", family.cases())
    for name, family in FILES.items():
        golden.write(folder.parent.parent / name, family.cases())


if __name__ == "__main__":
    main()
