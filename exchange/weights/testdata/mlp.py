# Writes mlp.pth: a small network whose weights are easy to tell apart. Prints what it predicts for the inputs of ExampleNaming.
import torch

net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
with torch.no_grad():
    for i, p in enumerate(net.parameters()):
        p.copy_((torch.arange(p.numel(), dtype=p.dtype).reshape(p.shape) - 2) / (4 + i))
torch.save(net.state_dict(), "mlp.pth")
print(net(torch.tensor([[0.5, -1.0], [2.0, 0.25]])))
