// Package fashion provides images for tests.
package fashion

import (
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// N is the number of images.
const N = 10_000

// Images are the first n training images of Fashion-MNIST, normalised by the moments of all training images. They share memory with
// the images of other calls.
func Images(t testing.TB, n int) *data.Dataset {
	t.Helper()
	set, err := all()
	if err != nil {
		t.Fatal(err)
	}
	part, err := set.Subset(n)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// all reads the images once.
var all = sync.OnceValues(func() (*data.Dataset, error) {
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		return nil, err
	}
	moments, err := set.Moments()
	if err != nil {
		return nil, err
	}
	return set, set.Normalize(moments)
})
