// Package onnx makes models of files in the ONNX format, in which PyTorch and many others write networks, and files of models:
// https://onnx.ai.
//
//	file, err := onnx.Open(path)
//	imported, err := file.Model(onnx.Options{})
//	inputs, err := file.Inputs(32, onnx.Options{}) // batches of 32 samples
//	config := graph.Config{Model: imported, Inputs: inputs, Params: graph.NewParams(tensor.Float32, 1), Loss: graph.CrossEntropy{}}
//	return graph.Build(config)
//
// A model that was read is a [graph.Model] as any other: it can be run, trained further and diagnosed. The float constants that layers
// multiply by or add become parameters, named as in the file, and begin with the file's numbers. Everything that depends on shapes and
// constants only is computed when the graph is drawn, so that the graph has nothing but the network, for any batch size that the file
// allows.
//
// # What is computed
//
// One float type, that of the Params, stands for all of ONNX's. Truth values that depend on data are numbers, 0 and 1. Tensors
// without dimensions have the shape (1). The table in docs/onnx.md tells which operations can be read. Every operation, attribute or
// type that cannot is an error that names it: nothing is left out silently.
//
// # Hostile files
//
// A file that is cut, contradicts itself or refers to other files is an error. Values that are computed while a graph is drawn have a
// bounded size.
package onnx
