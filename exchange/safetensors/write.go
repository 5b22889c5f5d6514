package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Named is a tensor to write. Elements of type int are written as I64.
type Named struct {
	Name  string
	Value *tensor.Dense
}

// Write writes tensors, those with larger elements first, and else in the given order, so that all numbers are aligned. The same
// tensors and metadata give the same bytes.
func Write(w io.Writer, metadata map[string]string, tensors ...Named) error {
	header, order, err := makeHeader(metadata, tensors)
	if err != nil {
		return errors.Wrap(err, "safetensors")
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return errors.Wrap(err, "safetensors")
	}
	if _, err := w.Write(header); err != nil {
		return errors.Wrap(err, "safetensors")
	}
	for _, t := range order {
		if err := writeNumbers(w, t.Value); err != nil {
			return errors.Wrapf(err, "safetensors: tensor %q", t.Name)
		}
	}
	return nil
}

// makeHeader makes the header, of a multiple of 8 bytes, and gives the order of the tensors.
func makeHeader(metadata map[string]string, tensors []Named) (header []byte, order []Named, err error) {
	dtypes := make(map[string]Dtype, len(tensors))
	for _, t := range tensors {
		switch _, twice := dtypes[t.Name]; {
		case twice:
			return nil, nil, errors.Errorf("got the name %q twice, want each once", t.Name)
		case t.Name == metadataKey:
			return nil, nil, errors.Errorf("a tensor has the name %q, want another: it stands for the metadata", t.Name)
		case t.Value == nil:
			return nil, nil, errors.Errorf("tensor %q is nil", t.Name)
		}
		if dtypes[t.Name], err = dtypeOf(t.Value); err != nil {
			return nil, nil, errors.Wrapf(err, "tensor %q", t.Name)
		}
	}
	order = slices.Clone(tensors)
	slices.SortStableFunc(order, func(a, b Named) int { return cmp.Compare(sizes[dtypes[b.Name]], sizes[dtypes[a.Name]]) })

	h := new(bytes.Buffer)
	h.WriteByte('{')
	if len(metadata) > 0 {
		writeEntry(h, metadataKey, metadata)
	}
	at := int64(0)
	for _, t := range order {
		shape := append([]int{}, t.Value.Shape()...)
		end := at + int64(t.Value.Shape().TotalSize()*sizes[dtypes[t.Name]])
		writeEntry(h, t.Name, entry{Dtype: dtypes[t.Name], Shape: shape, Offsets: []int64{at, end}})
		at = end
	}
	h.WriteByte('}')
	for h.Len()%8 != 0 {
		h.WriteByte(' ')
	}
	if h.Len() > maxHeader {
		return nil, nil, errors.Errorf("got a header of %d bytes, want at most %d (fewer or shorter names)", h.Len(), maxHeader)
	}
	return h.Bytes(), order, nil
}

// writeEntry adds a name and its value to a header.
func writeEntry(h *bytes.Buffer, name string, value any) {
	if h.Len() > 1 {
		h.WriteByte(',')
	}
	key, _ := json.Marshal(name)   // a text can always be written
	data, _ := json.Marshal(value) // so can maps of texts and entries
	h.Write(key)
	h.WriteByte(':')
	h.Write(data)
}

// writeNumbers writes the elements in row-major order.
func writeNumbers(w io.Writer, t *tensor.Dense) error {
	if t.RequiresIterator() || t.DataOrder().IsColMajor() {
		t = t.Materialize().(*tensor.Dense)
	}
	data := t.Data()
	switch v := data.(type) {
	case []int:
		wide := make([]int64, len(v))
		for i, x := range v {
			wide[i] = int64(x)
		}
		data = wide
	case int:
		data = int64(v)
	}
	return binary.Write(w, binary.LittleEndian, data)
}
