package weights

import (
	"regexp"
	"strings"

	"github.com/gradflow/gradflow/models/resnet"
)

// TorchvisionResNet names the parameters of [resnet.ImageNet] as torchvision's resnet18 to resnet152 do.
var TorchvisionResNet = Naming{
	Name:       resnet.TorchName,
	Transposed: func(name string) bool { return name == "fc.weight" },
}

// HuggingFaceResNet names the parameters of [resnet.ImageNet] as ResNetForImageClassification of Hugging Face's transformers does.
var HuggingFaceResNet = Naming{
	Name:       huggingFaceResNet,
	Transposed: func(name string) bool { return name == "classifier.1.weight" },
}

// huggingFaceParts are torchvision's parts of names and those of Hugging Face. Layers count from 0 there, and from 1 here.
var huggingFaceParts = []struct {
	torch *regexp.Regexp
	hf    string
}{
	{regexp.MustCompile(`^conv1\.`), "resnet.embedder.embedder.convolution."},
	{regexp.MustCompile(`^bn1\.`), "resnet.embedder.embedder.normalization."},
	{regexp.MustCompile(`^fc\.`), "classifier.1."},
	{regexp.MustCompile(`^layer(\d)\.(\d+)\.`), "resnet.encoder.stages.#$1.layers.$2."},
	{regexp.MustCompile(`\.downsample\.0\.`), ".shortcut.convolution."},
	{regexp.MustCompile(`\.downsample\.1\.`), ".shortcut.normalization."},
	{regexp.MustCompile(`\.conv(\d)\.`), ".layer.#$1.convolution."},
	{regexp.MustCompile(`\.bn(\d)\.`), ".layer.#$1.normalization."},
}

func huggingFaceResNet(parameter string) string {
	name := resnet.TorchName(parameter)
	for _, part := range huggingFaceParts {
		name = part.torch.ReplaceAllString(name, part.hf)
	}
	return fromZero.Replace(name)
}

// fromZero counts what is marked from 0.
var fromZero = strings.NewReplacer("#1", "0", "#2", "1", "#3", "2", "#4", "3")
