package cifar

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/internal/pixels"
)

// CoarseColumn is the column of CIFAR-100 that holds the superclass of each image, 0 to 19. [CoarseNames] reads their names.
const CoarseColumn = "coarse"

const (
	channels, side = 3, 32
	imageSize      = channels * side * side

	maxFileSize = 1 << 30 // bytes; the largest file of CIFAR-100 takes 154 MB
)

// Read reads the training and the test set of CIFAR-10 or CIFAR-100 from a folder: cifar-10-batches-bin or cifar-100-binary with
// the files as published, whatever its name, or a folder that holds one of these. The type is float32 or float64.
//
// X is (N, 3, 32, 32), red, green and blue, each byte divided by 255. Y is (N), and Classes has the names. CIFAR-100 has a column
// more, [CoarseColumn]. Without the file of the names Classes are the usual ones of CIFAR-10, or the numbers of CIFAR-100. A file may
// hold any number of images but none. Errors name the file and, for a bad label, the byte.
func Read(dir string, dt tensor.Dtype) (train, test *data.Dataset, err error) {
	if err := pixels.CheckDtype(dt); err != nil {
		return nil, nil, err
	}
	p, err := locate(dir)
	if err != nil {
		return nil, nil, err
	}
	var classes []string
	for _, l := range p.labels {
		if l.column != "" {
			continue
		}
		if classes, err = p.classNames(l); err != nil {
			return nil, nil, err
		}
	}
	if train, err = p.read(p.train, classes, dt); err != nil {
		return nil, nil, err
	}
	if test, err = p.read([]string{p.test}, classes, dt); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// CoarseNames reads the names of the 20 superclasses of CIFAR-100 from a folder as in [Read].
func CoarseNames(dir string) ([]string, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	for _, l := range p.labels {
		if l.column == CoarseColumn {
			return p.classNames(l)
		}
	}
	return nil, errors.Errorf("cifar: superclasses: got %s in %s, want CIFAR-100", p.name, p.dir)
}

// read reads the images of some files.
func (p place) read(files, classes []string, dt tensor.Dtype) (*data.Dataset, error) {
	var images []uint8
	labels := make([][]int, len(p.labels))
	for _, name := range files {
		path := filepath.Join(p.dir, name)
		content, err := readFile(path)
		if err != nil {
			return nil, err
		}
		if images, err = p.split(content, images, labels); err != nil {
			return nil, errors.Wrapf(err, "cifar: %s", path)
		}
	}
	n := len(images) / imageSize
	ds := &data.Dataset{X: pixels.Tensor(images, dt, n, channels, side, side), Classes: classes}
	for i, l := range p.labels {
		values := tensor.New(tensor.WithShape(n), tensor.WithBacking(labels[i]))
		if l.column == "" {
			ds.Y = values
		} else {
			ds.Columns = append(ds.Columns, data.Column{Name: l.column, Values: values})
		}
	}
	return ds, nil
}

// split appends the pixels and labels of a file's records.
func (l layout) split(content, images []uint8, labels [][]int) ([]uint8, error) {
	size := len(l.labels) + imageSize
	if len(content) == 0 || len(content)%size != 0 {
		return nil, errors.Errorf("size of a file of %s: got %d bytes, want a multiple of %d, %d for the class and %d of pixels, and at least "+
			"one image (load the file again, in the binary version)", l.name, len(content), size, len(l.labels), imageSize)
	}
	for start := 0; start < len(content); start += size {
		for i, label := range l.labels {
			class := int(content[start+i])
			if class >= label.count {
				return nil, errors.Errorf("byte %d: got label %d, want 0 to %d, the classes of %s", start+i, class, label.count-1, l.name)
			}
			labels[i] = append(labels[i], class)
		}
		images = append(images, content[start+len(l.labels):start+size]...)
	}
	return images, nil
}

// classNames reads a file of class names, one a line. Copies of the images often come without it: the classes then have their usual names, or
// numbers.
func (p place) classNames(l label) ([]string, error) {
	path := filepath.Join(p.dir, l.names)
	content, err := readFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && l.usual != nil:
		return slices.Clone(l.usual), nil
	case errors.Is(err, os.ErrNotExist):
		return numbers(l.count), nil
	case err != nil:
		return nil, err
	}
	names := strings.Fields(string(content))
	if len(names) != l.count {
		return nil, errors.Errorf("cifar: %s: got %d names, want %d, one a line", path, len(names), l.count)
	}
	return names, nil
}

// numbers are the numbers from 0 on as names.
func numbers(n int) (names []string) {
	for i := range n {
		names = append(names, strconv.Itoa(i))
	}
	return names
}

// readFile reads a whole file, within bounds.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "cifar")
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, errors.Wrap(err, "cifar")
	}
	if len(content) > maxFileSize {
		return nil, errors.Errorf("cifar: %s: got a file of more than %d bytes, want one of CIFAR, which are smaller", path, maxFileSize)
	}
	return content, nil
}
