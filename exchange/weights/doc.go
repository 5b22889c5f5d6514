// Package weights reads files of weights of any format that this module knows, writes them, and relates the names of a model's parameters to
// those that other libraries use.
//
// A ResNet-50 of torchvision, from its file:
//
//	model, _ := resnet.ImageNet(50, 1000)
//	file, err := weights.Read("resnet50.pth")
//	err = weights.TorchvisionResNet.Load(params, file.Tensors)
//
// and back:
//
//	err = weights.Write("resnet50.safetensors", nil, weights.TorchvisionResNet.Tensors(params)...)
package weights
