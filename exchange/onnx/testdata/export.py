"""Exports networks of PyTorch: export.py FOLDER writes NAME.onnx for each, and networks.json with inputs and outputs for a batch of
another size than the file was made with."""
import json
import sys

import torch
from torch import nn


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.cells, self.out = kind(5, 6, batch_first=True, **options), nn.Linear(6 * (2 if options.get("bidirectional") else 1), 3)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.position = nn.Embedding(11, 8), nn.Parameter(torch.randn(1, 6, 8))
        self.norm, self.out = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.norm(self.table(x) + self.position[:, : x.shape[1]]).mean(1))


class Attention(nn.Module):
    """Causal attention with heads, written out."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)).view(1, 1, 16, 16))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, 2, c // 2).transpose(1, 2) for p in self.qkv(x).split(c, dim=2))
        a = (q @ k.transpose(-2, -1)) / (c // 2) ** 0.5
        a = a.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf")).softmax(-1)
        return self.out((a @ v).transpose(1, 2).reshape(b, t, c))


class Rest(nn.Module):
    def forward(self, x):
        x = nn.functional.pad(x, (1, 2, 0, 1), mode="reflect").clamp(-1, 1)
        x = torch.cat([x[:, ::2], x.flip(3)[:, 1:]], dim=1)
        x = torch.where(x > 0, x.exp(), x * 0.1) + torch.arange(x.shape[3], dtype=x.dtype, device=x.device)
        return torch.einsum("bchw,bdhw->bcd", x, x).flatten(1) / x.flatten(1).norm(dim=1, keepdim=True)


def networks():
    f = nn.functional
    yield "cnn", nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(), nn.MaxPool2d(2, ceil_mode=True),
        nn.Conv2d(4, 8, 3, groups=2), nn.GroupNorm(2, 8), nn.Hardswish(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(8, 3),
    ), torch.randn(2, 3, 9, 9), torch.randn(5, 3, 9, 9)
    yield "decoder", nn.Sequential(
        nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1, output_padding=1), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8), nn.PixelShuffle(2),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), nn.Upsample(size=(7, 9), mode="nearest"), nn.Tanh(),
    ), torch.randn(2, 3, 4, 5), torch.randn(3, 3, 4, 5)
    yield "volume", nn.Sequential(nn.Conv3d(2, 3, 3, stride=2), nn.SiLU(), nn.AvgPool3d(2), nn.Flatten(1)), torch.randn(2, 2, 7, 7, 9), torch.randn(1, 2, 7, 7, 9)
    yield "mlp", nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 8), nn.Mish(), nn.Linear(8, 3), nn.LogSoftmax(-1)), torch.randn(2, 6), torch.randn(7, 6)
    yield "rnn", Recurrent(nn.RNN, nonlinearity="relu"), torch.randn(2, 4, 5), torch.randn(3, 4, 5)
    yield "gru", Recurrent(nn.GRU, num_layers=2), torch.randn(2, 4, 5), torch.randn(3, 4, 5)
    yield "lstm", Recurrent(nn.LSTM, num_layers=2, bidirectional=True), torch.randn(2, 4, 5), torch.randn(3, 4, 5)
    yield "words", Words(), torch.randint(11, (2, 6)), torch.randint(11, (4, 6))
    yield "attention", Attention(), torch.randn(2, 5, 8), torch.randn(3, 5, 8)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation=f.gelu)
    yield "transformer", nn.TransformerEncoder(layer, 2), torch.randn(2, 5, 8), torch.randn(3, 5, 8)
    yield "rest", Rest(), torch.randn(2, 3, 4, 5), torch.randn(3, 3, 4, 5)


def array(x):
    return {"type": "int64" if x.dtype == torch.int64 else "float32", "shape": list(x.shape), "data": x.flatten().tolist()}


torch.manual_seed(1)
index = {}
for name, network, example, x in networks():
    network.eval()
    for opset in (11, 17) if name in ("cnn", "mlp", "attention") else (17,):
        key = f"{name}_{opset}"
        # Tracing in training mode leaves out the fused path of attention, which cannot be exported; dropout is off all the same.
        for module in network.modules():
            if isinstance(module, nn.Dropout) or hasattr(module, "dropout") and isinstance(module.dropout, float):
                module.p = module.dropout = 0.0
        mode = torch.onnx.TrainingMode.EVAL
        network.eval()
        if name == "transformer":
            network.train()
            mode = torch.onnx.TrainingMode.PRESERVE
        torch.onnx.export(
            network, example, f"{sys.argv[1]}/{key}.onnx", opset_version=opset, input_names=["x"], output_names=["y"], training=mode,
            dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        )
        with torch.no_grad():
            index[key] = {"x": array(x), "y": array(network(x))}
with open(sys.argv[1] + "/networks.json", "w") as out:
    json.dump(index, out)
