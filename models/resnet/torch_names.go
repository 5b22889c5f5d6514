package resnet

import (
	"regexp"
	"strconv"
	"strings"
)

// torchWords replaces our words for layers and parameters by torchvision's.
var torchWords = strings.NewReplacer(
	"/projection/conv1", "/downsample/0", "/projection/batchnorm1", "/downsample/1",
	"batchnorm", "bn", "dense1", "fc", "/gain", "/weight", "/shift", "/bias",
)

var blockNumber = regexp.MustCompile(`/block(\d+)/`)

// TorchName is torchvision's name of a parameter of an [ImageNet] network: "layer1.0.bn2.weight" of "layer1/block1/batchnorm2/gain".
// All tensors have torchvision's shapes, but for "fc.weight", the transpose of "dense1/weight". Torchvision's counters of batches,
// "num_batches_tracked", have no counterpart.
func TorchName(name string) string {
	name = blockNumber.ReplaceAllStringFunc(torchWords.Replace(name), func(block string) string {
		n, _ := strconv.Atoi(strings.Trim(block, "/block"))
		return "/" + strconv.Itoa(n-1) + "/"
	})
	return strings.ReplaceAll(name, "/", ".")
}
