# Twins of the models of resnet_test.go in torchvision.
#
#   twin.py make NAME FOLDER   writes NAME.pth with random weights, input.npy and logits.npy
#   twin.py read NAME FOLDER   loads ours.npz, and writes again.npy: the logits of the same input
import sys

import numpy
import torch
import torchvision


def logits(model, x):
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


def main(mode, name, folder):
    model = getattr(torchvision.models, name)()
    if mode == "read":
        with numpy.load(f"{folder}/ours.npz") as ours:
            model.load_state_dict({name: torch.from_numpy(ours[name]) for name in ours.files})
        numpy.save(f"{folder}/again.npy", logits(model, numpy.load(f"{folder}/input.npy")))
        return
    torch.manual_seed(1)
    x = torch.randn(2, 3, 64, 64)
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(x)  # moves the running statistics
    torch.save(model.state_dict(), f"{folder}/{name}.pth")
    numpy.save(f"{folder}/input.npy", x.numpy())
    numpy.save(f"{folder}/logits.npy", logits(model, x.numpy()))


main(*sys.argv[1:])
