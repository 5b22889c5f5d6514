"""Convolutions of images with groups that blocks of 16 channels hold: depthwise, several groups in a block, and whole blocks."""

import torch.nn.functional as F

from .images import convolution

# x, w, and the attributes that differ from the defaults.
CONVOLUTIONS = [
    ((1, 18, 4, 5), (18, 1, 3, 3), {"padding": (1, 1), "groups": 18}),
    ((1, 17, 5, 4), (17, 1, 3, 3), {"stride": (2, 2), "padding": (1, 1), "groups": 17}),
    ((1, 16, 5, 3), (16, 1, 3, 2), {"stride": (1, 2), "padding": (2, 0), "dilation": (2, 1), "groups": 16}),
    ((2, 16, 1, 1), (16, 1, 3, 3), {"padding": (1, 1), "groups": 16}),
    ((1, 12, 5, 4), (12, 4, 3, 3), {"stride": (2, 1), "padding": (1, 1), "groups": 3}),
    ((1, 32, 3, 4), (32, 16, 1, 2), {"stride": (2, 1), "dilation": (1, 2), "groups": 2}),
]


def cases():
    return [convolution("conv2d", F.conv2d, *shape, True) for shape in CONVOLUTIONS]
