// Package onnxfile reads and writes the messages of ONNX files, as plain values. It knows the form of a file and nothing of what its
// operations compute: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
//
// Messages are read with protowire. A message that is cut off, a type that does not fit its numbers and a graph inside too many
// graphs are errors. What a file makes the package allocate is a small multiple of the size of the file.
package onnxfile
