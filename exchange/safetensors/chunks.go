package safetensors

import (
	"io"

	"github.com/pkg/errors"
)

// chunkBytes are the bytes of a tensor that Chunks reads at once: a multiple of the size of every type.
const chunkBytes = 1 << 16

// Chunks reads a tensor piece by piece, in row-major order, and gives each piece to visit: a slice of float64, float32, int64, int32, int16,
// int8, unsigned integers, bool or complex numbers, as the backing of [File.Tensor]. Memory does not grow with the tensor. An error of visit ends the reading.
func (f *File) Chunks(name string, visit func(values any) error) error {
	i, has := f.byName[name]
	if !has {
		return errors.Errorf("safetensors: got no tensor %q in the file, which has %d", name, len(f.infos))
	}
	info := f.infos[i]
	raw := make([]byte, min(chunkBytes, info.end-info.start))
	for at := info.start; at < info.end; {
		part := raw[:min(int64(len(raw)), info.end-at)]
		if _, err := io.ReadFull(io.NewSectionReader(f.data, f.start+at, int64(len(part))), part); err != nil {
			return errors.Wrapf(err, "safetensors: tensor %q", name)
		}
		if err := visit(info.Dtype.Decode(part)); err != nil {
			return err
		}
		at += int64(len(part))
	}
	return nil
}
