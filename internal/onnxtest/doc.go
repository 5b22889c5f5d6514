// Package onnxtest reads the tests of ONNX, which Debian packages as libonnx-testdata: small models with inputs and the outputs they
// should give. They are numbers from outside, computed by the authors of ONNX and by PyTorch.
package onnxtest
