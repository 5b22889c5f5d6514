"""The language model of demo train -model lstm in PyTorch, trained in the same way on the same text.

    python3 text.py [EPOCHS [FILE]]

reads a text, gzipped or not, by default ../../data/text/opticks/opticks.txt.gz, holds its last tenth out, and prints after each epoch
the bits for each character, held out and of the text that is learnt (with dropout), and the processor time.
"""
import gzip
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, LAYERS, LENGTH, BATCH, DROPOUT, RATE, DECAY, HELD = 256, 2, 256, 8, 0.4, 0.004, 0.1, 0.1

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 12
path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), "../../data/text/opticks/opticks.txt.gz")
text = (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="").read()
numbers = {c: i for i, c in enumerate(sorted(set(text)))}
tokens = torch.tensor([numbers[c] for c in text])
at = len(tokens) - round(HELD * len(tokens))


def windows(part):
    """Windows that follow one another, and the characters that come next."""
    n = (len(part) - 1) // LENGTH
    return part[:n * LENGTH].view(n, LENGTH), part[1:n * LENGTH + 1].view(n, LENGTH)


class Model(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.embedding, self.dropout = nn.Embedding(characters, WIDTH), nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(nn.LSTM(WIDTH, WIDTH, batch_first=True) for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, characters)
        nn.init.zeros_(self.head.bias)
        for layer in self.layers:  # the forget gate is the second quarter
            layer.bias_ih_l0.data[WIDTH:2 * WIDTH] = 1
            layer.bias_hh_l0.data[WIDTH:2 * WIDTH] = 0

    def forward(self, x):
        x = self.dropout(self.embedding(x))
        x, _ = self.layers[0](x)
        for layer in self.layers[1:]:
            x = x + layer(self.dropout(x))[0]
        return self.head(self.dropout(x))


def loss_of(model, x, y):
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())


torch.manual_seed(1)
(x, y), (held_x, held_y) = windows(tokens[:at]), windows(tokens[at:])
model, steps = Model(len(numbers)), len(x) // BATCH
optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=DECAY)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, epochs * steps, pct_start=0.1, cycle_momentum=False)
for epoch in range(epochs):
    model.train()
    total, order = 0.0, torch.randperm(len(x))
    for i in range(steps):
        batch = order[i * BATCH:(i + 1) * BATCH]
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model, x[batch], y[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        schedule.step()
        total += loss.item() / steps
    model.eval()
    with torch.no_grad():
        held = sum(loss_of(model, a, b).item() * len(a) for a, b in zip(held_x.split(32), held_y.split(32))) / len(held_x)
    print(f"epoch {epoch + 1}, step {(epoch + 1) * steps}: {held / math.log(2):.3f} bits a character held out, {total / math.log(2):.3f} learnt, "
          f"{time.process_time():.0f} s of processor time", flush=True)
