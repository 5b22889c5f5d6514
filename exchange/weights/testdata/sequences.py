# Twins of the models of sequences_test.go in PyTorch.
#
#   sequences.py make NAME FOLDER   writes theirs.pth with random weights, input.npy and output.npy
#   sequences.py read NAME FOLDER   loads ours.npz, and writes again.npy: the output for the same input
import sys

import numpy
import torch
from torch import nn


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


def model_of(name):
    if name == "lstm":
        return LSTM()
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 3)


def output(model, x):
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


def main(mode, name, folder):
    torch.manual_seed(1)
    model = model_of(name)
    if mode == "read":
        with numpy.load(f"{folder}/ours.npz") as ours:
            model.load_state_dict({name: torch.from_numpy(ours[name]) for name in ours.files})
        numpy.save(f"{folder}/again.npy", output(model, numpy.load(f"{folder}/input.npy")))
        return
    x = torch.randn(3, 5, 6 if name == "lstm" else 8).numpy()
    torch.save(model.state_dict(), f"{folder}/theirs.pth")
    numpy.save(f"{folder}/input.npy", x)
    numpy.save(f"{folder}/output.npy", output(model, x))


main(*sys.argv[1:])
