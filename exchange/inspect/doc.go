// Package inspect tells what is in a file of weights: the tensors of a safetensors file, which a checkpoint of package checkpoint is
// too, or of a file of torch.save, the arrays of an NPY or NPZ file, or the constants of an ONNX file, with their statistics, and what of
// them hampers gradients.
//
//	err := inspect.File("model.safetensors", func(t inspect.Tensor) error {
//		fmt.Println(t.Name, t.Shape, t.Mean, t.Warnings)
//		return nil
//	})
//
// Numbers are read piece by piece: memory does not grow with the tensors, but for a note of at most a MiB about the columns of a matrix, and for
// ONNX files, which are read whole.
package inspect
