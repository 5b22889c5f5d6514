package onnxfile

import (
	"reflect"
	"testing"
)

// A model that is written is read back as it was.
func TestWriteAndRead(t *testing.T) {
	inner := &Graph{Nodes: []*Node{{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"y"}}}, Outputs: []Port{{Name: "y", Type: Float, Known: true, Shape: []Dim{{Size: 2}}}}}
	m := &Model{
		IR: 8, Producer: "test", Opsets: map[string]int64{"": 17, "other": 2},
		Graph: &Graph{
			Name:   "g",
			Inputs: []Port{{Name: "x", Type: Float, Known: true, Shape: []Dim{{Name: "batch"}, {Size: 3}}}},
			Initializers: []*Tensor{
				{Name: "w", Type: Float, Shape: []int{1, 2}, Raw: []byte{0, 0, 128, 63, 0, 0, 0, 64}},
			},
			Nodes: []*Node{{Name: "n", Op: "If", Domain: "d", Inputs: []string{"x", "", "w"}, Outputs: []string{"y"}, Attributes: map[string]*Attribute{
				"f": {Type: AttributeFloat, Float: 1.5}, "i": {Type: AttributeInt, Int: -3}, "s": {Type: AttributeString, String: "text"},
				"g": {Type: AttributeGraph, Graph: inner}, "fs": {Type: AttributeFloats, Floats: []float32{1, -2}},
				"is": {Type: AttributeInts, Ints: []int64{4, -5}}, "ss": {Type: AttributeStrings, Strings: []string{"a", ""}},
				"t": {Type: AttributeTensor, Tensor: &Tensor{Type: Int64, Shape: []int{1}, Raw: []byte{7, 0, 0, 0, 0, 0, 0, 0}}},
			}}},
		},
	}
	got, err := Read(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, want %+v", got, m)
	}
	numbers, err := got.Graph.Initializers[0].Numbers()
	if err != nil || !reflect.DeepEqual(numbers, []float64{1, 2}) {
		t.Errorf("got %v and %v, want 1 and 2", numbers, err)
	}
}
