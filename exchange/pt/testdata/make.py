# Writes the files of this folder: see TestFiles.
import collections, torch
torch.manual_seed(0)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.bn = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(3, 2)
net = Net()
with torch.no_grad():
    for i, p in enumerate(net.parameters()):
        p.copy_(torch.arange(p.numel(), dtype=p.dtype).reshape(p.shape) / 8 + i)
torch.save(net.state_dict(), "state_dict.pth")
optimizer = torch.optim.SGD(net.parameters(), lr=0.125, momentum=0.5)
sum(p.sum() for p in net.parameters()).backward()
optimizer.step()
base = torch.arange(12, dtype=torch.float64).reshape(3, 4)
torch.save({
    "epoch": 7, "arch": "net", "best": 0.25, "done": False, "nothing": None, "big": 2**40, "negative": -3,
    "optimizer": optimizer.state_dict(),
    "views": [base, base.t(), base[1:, ::2], base[2, 3]],
    "types": tuple(torch.tensor([1, 0, 3]).to(t) for t in (torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)),
    "parameter": torch.nn.Parameter(torch.tensor([1.5, -2.5])),
    "size": torch.Size([2, 3]),
}, "checkpoint.pt")
torch.save(net.fc, "module.pt")
torch.save(net.fc.state_dict(), "old.pt", _use_new_zipfile_serialization=False)
torch.save({"c64": torch.tensor([[1 + 2j, 3.5 - 1j]], dtype=torch.complex64), "c128": torch.tensor([0.1 - 0.25j], dtype=torch.complex128)}, "complex.pt")
