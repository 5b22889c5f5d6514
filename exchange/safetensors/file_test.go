package safetensors

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// file puts a header and numbers together.
func file(header string, numbers ...byte) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(data, header...), numbers...)
}

func open(data []byte) (*File, error) { return New(bytes.NewReader(data), int64(len(data))) }

// A file written by hand, after the format's description.
func TestReadFileOfTheFormat(t *testing.T) {
	f, err := open(file(`{"__metadata__":{"format":"pt"},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},`+
		`"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}  `,
		0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["format"] != "pt" || len(f.Tensors()) != 2 || f.Tensors()[0].Name != "w" || !f.Has("b") || f.Has("c") {
		t.Errorf("got metadata %v, tensors %v", f.Metadata, f.Tensors())
	}
	wantTensor(t, f, "w", tensor.Shape{1, 2}, []float32{1, -2.5})
	wantTensor(t, f, "b", tensor.Shape{1}, []int64{-2})
	if _, err := f.Tensor("c"); err == nil || !strings.Contains(err.Error(), `"c"`) {
		t.Errorf("got error %v, want one that names c", err)
	}
}

func wantTensor(t *testing.T, f *File, name string, shape tensor.Shape, data any) {
	t.Helper()
	got, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Shape().Eq(shape) || !reflect.DeepEqual(got.Data(), data) {
		t.Errorf("%s: got shape %v, %v, want %v, %v", name, got.Shape(), got.Data(), shape, data)
	}
}

// All values of both 16-bit types, against arithmetic: sign, power of two and fraction.
func TestHalves(t *testing.T) {
	for bits := range 1 << 16 {
		raw := binary.LittleEndian.AppendUint16(nil, uint16(bits))
		for dtype, form := range map[Dtype]struct{ fraction, bias int }{F16: {10, 15}, BF16: {7, 127}} {
			got := float64(dtype.Decode(raw).([]float32)[0])
			exponent, fraction := bits&0x7fff>>form.fraction, bits&(1<<form.fraction-1)
			share := float64(fraction) / float64(int(1)<<form.fraction)
			want := math.Ldexp(1+share, exponent-form.bias)
			switch {
			case exponent == 0:
				want = math.Ldexp(share, 1-form.bias)
			case exponent == 2*form.bias+1 && fraction == 0:
				want = math.Inf(1)
			case exponent == 2*form.bias+1:
				want = math.NaN()
			}
			if bits>>15 == 1 {
				want = -want
			}
			if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Fatalf("%s %#04x: got %g, want %g", dtype, bits, got, want)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	transposed := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	all := []Named{
		{"bool", tensor.New(tensor.WithShape(3), tensor.WithBacking([]bool{true, false, true}))},
		{"float32", tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{1, -0.5, float32(math.Inf(1)), 1e-45}))},
		{"int", tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{1, -1 << 30}))},
		{"int32", tensor.New(tensor.WithShape(2), tensor.WithBacking([]int32{1, -1 << 30}))},
		{"int16", tensor.New(tensor.WithShape(2), tensor.WithBacking([]int16{1, -1 << 14}))},
		{"int8", tensor.New(tensor.WithShape(2), tensor.WithBacking([]int8{1, -128}))},
		{"uint8", tensor.New(tensor.WithShape(1, 1, 2), tensor.WithBacking([]uint8{1, 255}))},
		{"uint16", tensor.New(tensor.WithShape(2), tensor.WithBacking([]uint16{1, 65535}))},
		{"uint32", tensor.New(tensor.WithShape(2), tensor.WithBacking([]uint32{1, 1 << 31}))},
		{"uint64", tensor.New(tensor.WithShape(2), tensor.WithBacking([]uint64{1, 1 << 63}))},
		{"complex64", tensor.New(tensor.WithShape(2), tensor.WithBacking([]complex64{1 - 2i, 0.5i}))},
		{"scalar", tensor.New(tensor.FromScalar(2.5))},
		{"transposed", transposed},
	}
	path := filepath.Join(t.TempDir(), "all.safetensors")
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(to, map[string]string{"of": "all <types>"}, all...); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Metadata["of"] != "all <types>" || len(f.Tensors()) != len(all) {
		t.Errorf("got metadata %v and %d tensors, want %d", f.Metadata, len(f.Tensors()), len(all))
	}
	for _, info := range f.Tensors() {
		if (f.start+info.start)%int64(sizes[info.Dtype]) != 0 {
			t.Errorf("%s begins at %d, want a multiple of the size of an element", info.Name, f.start+info.start)
		}
	}
	wantTensor(t, f, "int", tensor.Shape{2}, []int64{1, -1 << 30})
	wantTensor(t, f, "transposed", tensor.Shape{3, 2}, []float64{1, 4, 2, 5, 3, 6})
	for _, n := range all {
		if n.Name != "int" && n.Name != "transposed" {
			wantTensor(t, f, n.Name, n.Value.Shape(), n.Value.Data())
		}
	}
}

func TestWriteErrors(t *testing.T) {
	one := tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{1}))
	for want, list := range map[string][]Named{
		"twice":      {{"a", one}, {"a", one}},
		"metadata":   {{"__metadata__", one}},
		"is nil":     {{"a", nil}},
		"complex128": {{"a", tensor.New(tensor.WithShape(1), tensor.WithBacking([]complex128{1}))}},
	} {
		if err := Write(new(bytes.Buffer), nil, list...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	const w = `"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":              {nil, "at least 8"},
		"cut header":         {file("{}")[:9], "one that fits"},
		"huge header":        {[]byte{0, 0, 0, 0, 0, 0, 0, 0x80}, "one that fits"},
		"no JSON":            {file("hello"), "JSON object"},
		"a list":             {file("[]"), "JSON object"},
		"no end":             {file(`{` + w), "no end"},
		"more":               {file(`{} {}`), "nothing but spaces"},
		"a name twice":       {file(`{`+w+`,`+w+`}`, 0, 0, 0, 0), "twice"},
		"unknown type":       {file(`{"w":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}`, 0), `"F8"`},
		"not of this format": {file(`{"w":{"dtype":"C128","shape":[0],"data_offsets":[0,0]}}`), `"C128"`},
		"unknown field":      {file(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, 0), "unknown field"},
		"one offset":         {file(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0]}}`, 0), "want 2"},
		"other length":       {file(`{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}`, 0), "2 bytes between them"},
		"negative size":      {file(`{"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,-1]}}`), "sizes of 0 and more"},
		"overflow":           {file(`{"w":{"dtype":"F64","shape":[1073741824,1073741824,16],"data_offsets":[0,0]}}`), "can be counted"},
		"hole":               {file(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), "first byte at 1"},
		"overlap":            {file(`{`+w+`,"v":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, 0, 0, 0, 0, 0, 0), "first byte at 2"},
		"cut numbers":        {file(`{`+w+`}`, 0, 0), "got 2 bytes"},
		"more numbers":       {file(`{`+w+`}`, 0, 0, 0, 0, 0), "got 5 bytes"},
		"metadata of lists":  {file(`{"__metadata__":{"a":[]}}`), "metadata"},
	} {
		if _, err := open(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
	f, err := open(file(`{"w":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("w"); err == nil || !strings.Contains(err.Error(), "at least one") {
		t.Errorf("got error %v, want one about a tensor without elements", err)
	}
}

// Whatever the file, there is an error or every tensor can be read, and written again to the same numbers.
func FuzzFile(f *testing.F) {
	f.Add(file(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"h":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}`, 0, 0, 0, 0, 1, 2, 3, 4))
	f.Add(file(`{"__metadata__":{"a":"b"},"s":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := open(data)
		if err != nil {
			return
		}
		var list []Named
		for _, info := range in.Tensors() {
			if info.Elements() == 0 {
				continue
			}
			v, err := in.Tensor(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, Named{info.Name, v})
		}
		out := new(bytes.Buffer)
		if err := Write(out, in.Metadata, list...); err != nil {
			t.Fatal(err)
		}
		if again, err := open(out.Bytes()); err != nil || len(again.Tensors()) != len(list) {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
