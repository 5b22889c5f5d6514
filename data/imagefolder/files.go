package imagefolder

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// ReadFiles reads single images, as those that a trained network is to classify: (N, channels, height, width), each byte divided by
// 255. Height, Width and Channels must be set: images of other sizes are resized, whatever their proportions, and colours become grey
// for one channel.
func (r Reader) ReadFiles(paths []string, dt tensor.Dtype) (*tensor.Dense, error) {
	if err := r.validate(dt); err != nil {
		return nil, err
	}
	if r.Height == 0 || r.Channels == 0 || len(paths) == 0 {
		return nil, errors.Errorf("imagefolder: got %d files, Height %d, Width %d and Channels %d, want some files and positive numbers",
			len(paths), r.Height, r.Width, r.Channels)
	}
	files := make([]file, len(paths))
	for i, path := range paths {
		files[i].path = path
	}
	f, err := r.inspect(files)
	if err != nil {
		return nil, err
	}
	ds, err := sets{}.load(files, f, dt)
	if err != nil {
		return nil, err
	}
	return ds.X, nil
}
