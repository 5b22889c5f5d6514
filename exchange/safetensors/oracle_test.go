package safetensors

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	oracle "github.com/nlpodyssey/safetensors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// A view is a tensor as the oracle takes it.
type view struct {
	dtype oracle.DType
	shape []uint64
	data  []byte
}

func (v view) DType() oracle.DType { return v.dtype }
func (v view) Shape() []uint64     { return v.shape }
func (v view) Data() []byte        { return v.data }
func (v view) DataLen() uint64     { return uint64(len(v.data)) }

// What nlpodyssey/safetensors writes is read here, whatever the type, with the same names, shapes and numbers.
func TestReadFileOfTheOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	views := make(map[string]view)
	for name, dtype := range map[string]oracle.DType{
		"F64": oracle.F64, "F32": oracle.F32, "F16": oracle.F16, "BF16": oracle.BF16, "I64": oracle.I64, "I32": oracle.I32, "I16": oracle.I16,
		"I8": oracle.I8, "U8": oracle.U8, "BOOL": oracle.BOOL,
	} {
		v := view{dtype, []uint64{3, 1, 5}, make([]byte, 15*dtype.Size())}
		for i := range v.data {
			v.data[i] = byte(r.UintN(64)) // exponents of numbers that are finite
			if dtype == oracle.BOOL {
				v.data[i] &= 1
			}
		}
		views[name] = v
	}
	written, err := oracle.Serialize(views, map[string]string{"format": "pt", "of": "<all> \"types\""})
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(written)
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["format"] != "pt" || f.Metadata["of"] != `<all> "types"` || len(f.Tensors()) != len(views) {
		t.Errorf("got metadata %v and %d tensors, want %d", f.Metadata, len(f.Tensors()), len(views))
	}
	for name, v := range views {
		wantTensor(t, f, name, tensor.Shape{3, 1, 5}, Dtype(name).Decode(v.data))
	}
}

// What is written here is read by nlpodyssey/safetensors.
func TestOracleReadsOurFile(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	float32s, err := tensors.Randn(tensor.Float32, r, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	float64s, err := tensors.Randn(tensor.Float64, r, 7)
	if err != nil {
		t.Fatal(err)
	}
	ours := []Named{
		{"layer/weight", float32s},
		{"längen.bias", float64s},
		{"steps", tensor.New(tensor.WithShape(2), tensor.WithBacking([]int64{-1, 1 << 40}))},
		{"mask", tensor.New(tensor.WithShape(1, 3), tensor.WithBacking([]bool{true, false, true}))},
		{"scalar", tensor.New(tensor.FromScalar(2.5))},
	}
	var written bytes.Buffer
	if err := Write(&written, map[string]string{"format": "pt"}, ours...); err != nil {
		t.Fatal(err)
	}
	theirs, err := oracle.Deserialize(written.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Len() != len(ours) {
		t.Errorf("got %v, want %d tensors", theirs.Names(), len(ours))
	}
	for _, n := range ours {
		got, ok := theirs.Tensor(n.Name)
		if !ok {
			t.Errorf("%s: got none among %v", n.Name, theirs.Names())
			continue
		}
		shape := slices.Collect(func(yield func(uint64) bool) {
			for _, size := range n.Value.Shape() {
				yield(uint64(size))
			}
		})
		data, err := binary.Append(nil, binary.LittleEndian, n.Value.Data())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape(), shape) || !reflect.DeepEqual(got.Data(), data) {
			t.Errorf("%s: got shape %v and %v, want %v and %v", n.Name, got.Shape(), got.Data(), shape, data)
		}
	}
	_, metadata, err := oracle.ReadMetadata(written.Bytes())
	if err != nil || metadata.Metadata()["format"] != "pt" {
		t.Errorf("metadata: got %v, want the format pt; %v", metadata.Metadata(), err)
	}
}

// Both refuse the same broken files.
func TestOracleRefusesWhatWeRefuse(t *testing.T) {
	for name, data := range map[string][]byte{
		"no header":         {},
		"short":             file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 1, 2, 3),
		"overlap":           file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 1, 2, 3),
		"gap":               file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 1, 2, 3),
		"more than tensors": file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, 2),
		"wrong size":        file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"unknown type":      file(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)...),
		"huge shape":        file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`),
		"no JSON":           file(`{"a":`),
	} {
		if _, err := oracle.Deserialize(data); err == nil {
			t.Errorf("%s: the oracle takes it", name)
		}
		if _, err := open(data); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
