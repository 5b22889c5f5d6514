package pt

import "github.com/pkg/errors"

// chunkElements are the elements of a tensor that Chunks reads at once.
const chunkElements = 1 << 14

// Chunks reads a tensor piece by piece, in row-major order, and gives each piece to visit: a slice of float64, float32, int64, int32, int16,
// int8, unsigned integers, bool or complex numbers, as the backing of [File.Tensor]. Memory does not grow with the tensor, unless its elements do not lie one after
// another in the file. The checksum of the numbers is compared before the first piece. An error of visit ends the reading.
func (f *File) Chunks(name string, visit func(values any) error) error {
	i, has := f.byName[name]
	if !has {
		return errors.Errorf("pt: got no tensor %q in the file, which has %d", name, len(f.tensors))
	}
	v := f.tensors[i].value
	if err := v.storage.verify(); err != nil {
		return errors.Wrapf(err, "pt: tensor %q", name)
	}
	if !v.contiguous() {
		raw, err := v.bytes()
		if err != nil {
			return errors.Wrapf(err, "pt: tensor %q", name)
		}
		return visit(v.storage.dtype.Decode(raw))
	}
	for at, end := v.offset, v.offset+v.elements(); at < end; at += chunkElements {
		raw, err := v.storage.read(at, min(chunkElements, end-at))
		if err != nil {
			return errors.Wrapf(err, "pt: tensor %q", name)
		}
		if err := visit(v.storage.dtype.Decode(raw)); err != nil {
			return err
		}
	}
	return nil
}
