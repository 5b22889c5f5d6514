package graphtest

import (
	"hash"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Broken is an operation that panics.
type Broken struct{}

func (Broken) Arity() int { return 1 }
func (Broken) Type() hm.Type {
	m := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	return hm.NewFnType(m, m)
}
func (Broken) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (Broken) Do(...gorgonia.Value) (gorgonia.Value, error) { panic("index out of range [-1]") }
func (Broken) ReturnsPtr() bool                             { return true }
func (Broken) CallsExtern() bool                            { return false }
func (Broken) OverwritesInput() int                         { return -1 }
func (Broken) WriteHash(h hash.Hash)                        { h.Write([]byte("broken")) }
func (Broken) Hashcode() uint32                             { return 0xbad }
func (Broken) String() string                               { return "broken" }
