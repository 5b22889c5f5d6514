// Package pt reads the tensors of files that PyTorch 1.6 and later has written with torch.save: .pt and .pth files, which are ZIP archives of
// a pickle and the bytes of the tensors.
//
//	f, err := pt.Open("model.pth")
//	for _, info := range f.Tensors() {
//		fmt.Println(info.Name, info.Dtype, info.Shape)
//	}
//	weight, err := f.Tensor("layer1.0.conv1.weight")
//
// A pickle is a program that may call any function of Python. This package runs the part of it that builds tensors and containers of them
// (dictionaries, lists, tuples, numbers and texts), and nothing else: any other class or function is an error that names it. A file of a
// whole module is such an error; torch.save(model.state_dict(), path) writes what can be read.
//
// A tensor in containers is named by their keys and indices with dots between them: "model.fc.weight" of {"model": {"fc.weight": ...}}.
//
// Memory is bounded: by the size of the file while it is opened, and by the size of a tensor when that is read.
package pt
