package resnet

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// CIFAR is the network of a depth for images of 32 by 32 pixels, or some like it (He et al. 2015, sec. 4.2): three stages of
// (depth-2)/6 blocks, with 16, 32 and 64 channels. The depths of the paper are 20, 32, 44, 56, 110 and 1202, with option A.
func CIFAR(depth, classes int) (Image, error) {
	if n := (depth - 2) / 6; depth > 2 && depth == 6*n+2 {
		return Image{Classes: classes, Blocks: []int{n, n, n}, Width: 16, Shortcut: OptionA}, nil
	}
	return Image{}, errors.Errorf("resnet: depth: got %d, want 6n+2, such as 20, 32, 44, 56 or 110", depth)
}

// imageNets are the numbers of blocks of the networks for ImageNet, by depth (He et al. 2015, table 1).
var imageNets = map[int][]int{18: {2, 2, 2, 2}, 34: {3, 4, 6, 3}, 50: {3, 4, 6, 3}, 101: {3, 4, 23, 3}, 152: {3, 8, 36, 3}}

// ImageNet is the network of a depth for images of some 224 by 224 pixels, as torchvision has it: 18, 34, 50, 101 or 152. See
// [TorchName] for the names of its parameters there.
func ImageNet(depth, classes int) (Image, error) {
	blocks, known := imageNets[depth]
	if !known {
		return Image{}, errors.Errorf("resnet: depth: got %d, want 18, 34, 50, 101 or 152", depth)
	}
	return Image{Classes: classes, Blocks: blocks, Width: 64, Bottleneck: depth >= 50, Stem: LargeStem}, nil
}

// Names are those of the networks of the papers, for [Named].
func Names() []string {
	return []string{
		"resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
		"resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202",
	}
}

// starts are the networks that are named after their Start.
var starts = map[string]Start{ReZero.String(): ReZero, SkipInit.String(): SkipInit, Fixup.String(): Fixup}

// Named is the network of a name, and the height and width of the images that it is meant for: of [ImageNet] if that has the depth in the
// name, and else of [CIFAR]. "plain56" has no skips, "preresnet110" is one with PreActivation, and "rezero56", "skipinit56" and
// "fixup110" have that Start.
func Named(name string, classes int) (m Image, side int, err error) {
	kind := strings.TrimRight(name, "0123456789")
	depth, err := strconv.Atoi(name[len(kind):])
	if err != nil || !slices.Contains([]string{"resnet", "plain", "preresnet"}, kind) && starts[kind] == DefaultStart {
		return m, 0, errors.Errorf("resnet: name: got %q, want resnet, plain, preresnet, rezero, skipinit or fixup and a depth, such as resnet20", name)
	}
	side = 32
	if m, err = CIFAR(depth, classes); imageNets[depth] != nil {
		side = 224
		m, err = ImageNet(depth, classes)
	}
	m.NoSkip, m.PreActivation, m.Start = kind == "plain", kind == "preresnet", starts[kind]
	return m, side, err
}
