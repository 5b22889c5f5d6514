// Package fashion provides images for tests.
package fashion

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// Images are the first n training images of Fashion-MNIST, normalised by the moments of all training images.
func Images(t testing.TB, n int) *data.Dataset {
	t.Helper()
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	moments, err := set.Moments()
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Normalize(moments); err != nil {
		t.Fatal(err)
	}
	part, err := set.Subset(n)
	if err != nil {
		t.Fatal(err)
	}
	return part
}
