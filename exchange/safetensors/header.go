package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// maxHeader is the largest header that the format allows.
const maxHeader = 100_000_000

// metadataKey is the key of the metadata in the header.
const metadataKey = "__metadata__"

// An Info describes a tensor of a file.
type Info struct {
	Name  string
	Dtype Dtype
	Shape []int // empty for a scalar

	start, end int64 // offsets of its bytes from the end of the header
}

// Elements is the number of elements.
func (i Info) Elements() int {
	n := 1
	for _, size := range i.Shape {
		n *= size
	}
	return n
}

// An entry is an Info as the header has it.
type entry struct {
	Dtype   Dtype   `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// parseHeader reads a header, for numbers of so many bytes. The tensors are in the order of their bytes.
func parseHeader(header []byte, bytesOfNumbers int64) (infos []Info, metadata map[string]string, err error) {
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("the header: want a JSON object")
	}
	seen := make(map[string]bool)
	for d.More() {
		t, err := d.Token()
		name, isText := t.(string)
		switch {
		case err != nil || !isText:
			return nil, nil, errors.New("the header: want a JSON object with a name for each tensor")
		case seen[name]:
			return nil, nil, errors.Errorf("the header: got the name %q twice, want each once", name)
		}
		seen[name] = true
		if name == metadataKey {
			if err := d.Decode(&metadata); err != nil {
				return nil, nil, errors.Wrap(err, "the header's metadata: want texts by name")
			}
			continue
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return nil, nil, errors.Wrapf(err, "tensor %q", name)
		}
		info, err := e.info(name)
		if err != nil {
			return nil, nil, errors.Wrapf(err, "tensor %q", name)
		}
		infos = append(infos, info)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, errors.New("the header: the JSON object has no end")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("the header: want nothing but spaces after the JSON object")
	}
	return infos, metadata, checkPlaces(infos, bytesOfNumbers)
}

// info checks an entry by itself.
func (e entry) info(name string) (Info, error) {
	size, known := sizes[e.Dtype]
	if !known || e.Dtype == C128 {
		return Info{}, errors.Errorf("got type %q, want F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL or C64", e.Dtype)
	}
	if len(e.Offsets) != 2 {
		return Info{}, errors.Errorf("got %d offsets, want 2", len(e.Offsets))
	}
	bytes := int64(size)
	for _, n := range e.Shape {
		if n < 0 || n > 0 && bytes > math.MaxInt64/int64(n) {
			return Info{}, errors.Errorf("got shape %v, want sizes of 0 and more, and a product that can be counted", e.Shape)
		}
		bytes *= int64(n)
	}
	if got := e.Offsets[1] - e.Offsets[0]; e.Offsets[0] < 0 || got != bytes {
		return Info{}, errors.Errorf("got offsets %v, want %d bytes between them for %s and shape %v", e.Offsets, bytes, e.Dtype, e.Shape)
	}
	return Info{Name: name, Dtype: e.Dtype, Shape: e.Shape, start: e.Offsets[0], end: e.Offsets[1]}, nil
}

// checkPlaces puts tensors into the order of their bytes, and returns an error unless these are all bytes, each once.
func checkPlaces(infos []Info, bytes int64) error {
	slices.SortStableFunc(infos, func(a, b Info) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	at := int64(0)
	for _, i := range infos {
		if i.start != at {
			return errors.Errorf("tensor %q: got its first byte at %d, want %d, where the tensor before it ends", i.Name, i.start, at)
		}
		at = i.end
	}
	if at != bytes {
		return errors.Errorf("got %d bytes of numbers, want %d by the header (the file is cut, or has more than it describes)", bytes, at)
	}
	return nil
}
