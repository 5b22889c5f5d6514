package imagefolder

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/internal/pixels"
)

// A Reader reads folders of images. The zero value reads images that have one size.
type Reader struct {
	// Height and Width resize all images to this many pixels, whatever their proportions. 0 keeps the size, which must then be the
	// same for all.
	Height, Width int
	// Channels is 1 for grey images and 3 for red, green and blue; 0 means 1 if all files hold grey images, and otherwise 3.
	Channels int
	// Validation is the share of each class that is for validation, where there are no folders for it; 0 means 0.2. Each class keeps
	// at least one image to train on, and gives at least one if it has two.
	Validation float64
	// Seed chooses the images for validation.
	Seed uint64
	// MaxValues is the largest number of values, pixels times channels, in all images together. 0 means 2^30, which take 4 GiB as
	// float32.
	MaxValues int
}

// Read reads the training and the validation set from a folder, as float32 or float64.
//
// X is (N, channels, height, width), each byte divided by 255, and Y is (N). Classes are the names of the folders in alphabetical
// order. The classes alternate, so that any first images are balanced as far as there are enough.
//
// Hidden files and files that are no images, by the ends of their names, are left out. A broken image is an error that names the
// file, as are images of other formats. Images of several sizes are a [SizeError].
func (r Reader) Read(dir string, dt tensor.Dtype) (train, validation *data.Dataset, err error) {
	if err := r.validate(dt); err != nil {
		return nil, nil, err
	}
	sets, err := r.list(dir)
	if err != nil {
		return nil, nil, err
	}
	format, err := r.inspect(slices.Concat(sets.train, sets.validation))
	if err != nil {
		return nil, nil, err
	}
	if train, err = sets.load(sets.train, format, dt); err != nil {
		return nil, nil, err
	}
	if validation, err = sets.load(sets.validation, format, dt); err != nil {
		return nil, nil, err
	}
	return train, validation, nil
}

func (r Reader) validate(dt tensor.Dtype) error {
	if err := pixels.CheckDtype(dt); err != nil {
		return err
	}
	if r.Height < 0 || r.Width < 0 || (r.Height == 0) != (r.Width == 0) {
		return errors.Errorf("imagefolder: size: got Height %d and Width %d, want two positive numbers, or 0 and 0 to keep the size", r.Height, r.Width)
	}
	if r.Channels != 0 && r.Channels != 1 && r.Channels != 3 {
		return errors.Errorf("imagefolder: Channels: got %d, want 1, 3, or 0 for what the images have", r.Channels)
	}
	if !(r.Validation >= 0 && r.Validation < 1) {
		return errors.Errorf("imagefolder: Validation: got %v, want a share of at least 0 and below 1, or 0 for 0.2", r.Validation)
	}
	return nil
}

// load reads the images of one set.
func (s sets) load(files []file, f format, dt tensor.Dtype) (*data.Dataset, error) {
	size := f.channels * f.height * f.width
	bytes, labels := make([]uint8, len(files)*size), make([]int, len(files))
	if err := each(len(files), func(i int) error {
		labels[i] = files[i].class
		return f.decode(bytes[i*size:(i+1)*size], files[i].path)
	}); err != nil {
		return nil, err
	}
	return &data.Dataset{
		X:       pixels.Tensor(bytes, dt, len(files), f.channels, f.height, f.width),
		Y:       tensor.New(tensor.WithShape(len(files)), tensor.WithBacking(labels)),
		Classes: s.classes,
	}, nil
}
