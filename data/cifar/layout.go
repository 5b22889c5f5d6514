package cifar

import (
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// A layout is what the folder of one version of CIFAR holds.
type layout struct {
	name   string
	folder string // as the authors name it
	train  []string
	test   string
	labels []label // a byte each, in this order
}

// A label is a class byte of a record.
type label struct {
	column string // empty: the target
	names  string // the file of its names
	count  int
	usual  []string // the names without that file; nil for the numbers of the classes
}

var layouts = []layout{
	{
		name: "CIFAR-10", folder: "cifar-10-batches-bin", test: "test_batch.bin",
		train: []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
		labels: []label{{names: "batches.meta.txt", count: 10, usual: []string{
			"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
		}}},
	},
	{
		name: "CIFAR-100", folder: "cifar-100-binary", train: []string{"train.bin"}, test: "test.bin",
		labels: []label{{column: CoarseColumn, names: "coarse_label_names.txt", count: 20}, {names: "fine_label_names.txt", count: 100}},
	},
}

// Holds tells whether a folder holds CIFAR: whether [Read] finds the first training file there, or in a sub-folder that has the name
// the authors give it.
func Holds(dir string) bool { return len(find(dir)) > 0 }

// A place is a folder and its layout.
type place struct {
	layout
	dir string
}

// find lists where dir holds CIFAR.
func find(dir string) (found []place) {
	for _, l := range layouts {
		for _, d := range []string{dir, filepath.Join(dir, l.folder)} {
			if info, err := os.Stat(filepath.Join(d, l.train[0])); err == nil && !info.IsDir() {
				found = append(found, place{l, d})
			}
		}
	}
	return found
}

// locate is the one place where dir holds CIFAR.
func locate(dir string) (place, error) {
	found := find(dir)
	switch len(found) {
	case 0:
		return place{}, errors.Wrapf(os.ErrNotExist, "cifar: no images in %s: want %s of CIFAR-10 or %s of CIFAR-100 (give the folder %s or %s of the "+
			"binary version)", dir, layouts[0].train[0], layouts[1].train[0], layouts[0].folder, layouts[1].folder)
	case 1:
		return found[0], nil
	}
	return place{}, errors.Errorf("cifar: got two sets, %s and %s, want one (give one of these folders)", found[0].dir, found[1].dir)
}
