package onnx

import "maps"

// operators are the operations that can be read, by their names. It is filled by init, because graphs inside operations are drawn by
// operators again.
var operators = make(map[string]operator)

func init() {
	for _, table := range []map[string]operator{
		elementwiseOperators(), pairOperators(), shapeOperators(), indexOperators(), reduceOperators(), normOperators(), matrixOperators(),
		windowOperators(), resizeOperators(), lossOperators(), recurrentOperators(),
	} {
		maps.Copy(operators, table)
	}
}
