package guide

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/models/mlp"
)

func TestLook(t *testing.T) {
	images, err := Images(64)
	if err != nil {
		t.Fatal(err)
	}
	if mean := meanOf(images.X.Float64s()); images.Len() != 64 || math.Abs(mean) > 0.2 {
		t.Errorf("%d images of mean %g, want 64 of mean near 0", images.Len(), mean)
	}
	profile, err := Look("net", mlp.Model{Input: 784, Depth: 3, Width: 10, Output: 10}, 1, images)
	if err != nil {
		t.Fatal(err)
	}
	if profile.Name != "net" || profile.Dtype != "float64" || len(profile.Layers) != 4 || len(profile.Records) != 1 {
		t.Errorf("got %+v", profile)
	}
}

func meanOf(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
