package data

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/internal/pixels"
)

//go:generate go run ./generate -to fashionmnist

//go:embed fashionmnist
var embedded embed.FS

// fashionMNISTClasses are the names that the authors of Fashion-MNIST give to labels 0 to 9.
var fashionMNISTClasses = []string{
	"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
}

// FashionMNIST returns the embedded sample of Fashion-MNIST, 1000 training and 200 test images of each of the ten classes,
// as float32 or float64.
//
// X is (10000, 784) and (2000, 784): the 28 x 28 pixels of an image row by row, from 0 (background) to 1. Y is (10000) and
// (2000). Sample i is of class i mod 10.
func FashionMNIST(dt tensor.Dtype) (train, test *Dataset, err error) {
	sample, err := fs.Sub(embedded, "fashionmnist")
	if err != nil {
		return nil, nil, errors.Wrap(err, "data: embedded Fashion-MNIST")
	}
	return IDXReader{}.readSets(sample, fashionMNISTClasses, dt)
}

// ReadFashionMNIST reads the whole of Fashion-MNIST, 60,000 training and 10,000 test images, from its four IDX files in
// dir, as float32 or float64. The values are scaled as in [FashionMNIST]; the files are named as in [ReadIDXDir].
func ReadFashionMNIST(dir string, dt tensor.Dtype) (train, test *Dataset, err error) {
	return IDXReader{}.ReadFashionMNIST(dir, dt)
}

// ReadFashionMNIST is [ReadFashionMNIST] with the reader's own bound for each file and shape of images.
func (o IDXReader) ReadFashionMNIST(dir string, dt tensor.Dtype) (train, test *Dataset, err error) {
	return o.ReadDir(dir, fashionMNISTClasses, dt)
}

// HoldsIDX tells whether a folder holds the training images of a set kept like MNIST, as [ReadIDXDir] reads them.
func HoldsIDX(dir string) bool {
	for _, end := range []string{"", ".gz"} {
		if _, err := os.Stat(filepath.Join(dir, "train-images-idx3-ubyte"+end)); err == nil {
			return true
		}
	}
	return false
}

// ReadIDXDir reads any set kept like MNIST: the files train-images-idx3-ubyte, train-labels-idx1-ubyte,
// t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte in dir, each as it is or with .gz at the end of its name.
//
// X is (N, pixels), each byte divided by 255. Y is (N); a label without a name in classes is an error. With classes nil all
// labels are taken. Errors name the file and, in a malformed one, the byte.
func ReadIDXDir(dir string, classes []string, dt tensor.Dtype) (train, test *Dataset, err error) {
	return IDXReader{}.ReadDir(dir, classes, dt)
}

// ReadDir is [ReadIDXDir] with the reader's own bound for each file and shape of images.
func (o IDXReader) ReadDir(dir string, classes []string, dt tensor.Dtype) (train, test *Dataset, err error) {
	train, test, err = o.readSets(os.DirFS(dir), classes, dt)
	return train, test, errors.Wrap(err, dir)
}

func (o IDXReader) readSets(fsys fs.FS, classes []string, dt tensor.Dtype) (train, test *Dataset, err error) {
	if err := pixels.CheckDtype(dt); err != nil {
		return nil, nil, err
	}
	if train, err = o.readSet(fsys, "train", classes, dt); err != nil {
		return nil, nil, err
	}
	if test, err = o.readSet(fsys, "t10k", classes, dt); err != nil {
		return nil, nil, err
	}
	if got, want := test.X.Shape()[1:], train.X.Shape()[1:]; !got.Eq(want) {
		return nil, nil, errors.Errorf("data: shape of a test image: got %v, want %v, as of a training image (take both from one set)",
			got, want)
	}
	return train, test, nil
}

// readSet reads the images and labels whose file names start with split.
func (o IDXReader) readSet(fsys fs.FS, split string, classes []string, dt tensor.Dtype) (*Dataset, error) {
	imageShape, values, err := o.readFile(fsys, split+"-images-idx3-ubyte", 3, "images, rows and columns")
	if err != nil {
		return nil, err
	}
	labelFile := split + "-labels-idx1-ubyte"
	labelShape, labels, err := o.readFile(fsys, labelFile, 1, "labels")
	if err != nil {
		return nil, err
	}
	n := imageShape[0]
	if n != labelShape[0] {
		return nil, errors.Errorf("%s: data: IDX byte 4: got %d labels, want %d, one for each image", labelFile, labelShape[0], n)
	}
	y := make([]int, n)
	for i, label := range labels {
		if y[i] = int(label); classes != nil && y[i] >= len(classes) {
			return nil, errors.Errorf("%s: data: IDX byte %d: got label %d, want 0 to %d", labelFile, 8+i, label, len(classes)-1)
		}
	}
	return &Dataset{
		X:       pixels.Tensor(values, dt, o.shape(imageShape)...),
		Y:       tensor.New(tensor.WithShape(n), tensor.WithBacking(y)),
		Classes: slices.Clone(classes),
	}, nil
}

// shape is the shape of X, for images of that shape (N, rows, columns).
func (o IDXReader) shape(images []int) []int {
	if o.Images {
		return []int{images[0], 1, images[1], images[2]}
	}
	return []int{images[0], images[1] * images[2]}
}

// readFile reads the file base, or else base.gz, and checks its number of dimensions.
func (o IDXReader) readFile(fsys fs.FS, base string, dims int, what string) (shape []int, values []uint8, err error) {
	name := base
	file, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		name += ".gz"
		file, err = fsys.Open(name)
	}
	if err != nil {
		return nil, nil, errors.Wrapf(err, "data: a file %s, as it is or with .gz, is needed", base)
	}
	defer file.Close()
	if o.MaxValues == 0 {
		info, err := file.Stat()
		if err != nil {
			return nil, nil, errors.Wrap(err, name)
		}
		o.MaxValues = int(min(int64(o.limit()), 1<<20+100*info.Size()))
	}
	shape, values, err = o.Read(file)
	if err == nil && len(shape) != dims {
		err = errors.Errorf("data: IDX byte 3: got %d dimensions, of sizes %v, want %d: %s", len(shape), shape, dims, what)
	}
	return shape, values, errors.Wrap(err, name)
}
