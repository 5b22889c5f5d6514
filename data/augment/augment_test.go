package augment

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// images are n images whose values count up from 1, with one-hot targets of two classes.
func images(n, channels, height, width int) *data.Dataset {
	x, y := make([]float64, n*channels*height*width), make([]float64, 2*n)
	for i := range x {
		x[i] = float64(i + 1)
	}
	for i := range n {
		y[2*i+i%2] = 1
	}
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, channels, height, width), tensor.WithBacking(x)),
		Y: tensor.New(tensor.WithShape(n, 2), tensor.WithBacking(y)),
	}
}

// repeated are n images, all the same, whose pixels count up from 1 in each channel, 100 more in the second.
func repeated(n, channels, height, width int) *data.Dataset {
	ds := images(n, channels, height, width)
	x := ds.X.Float64s()
	for i := range x {
		x[i] = float64(i%(height*width) + 1 + 100*(i/(height*width)%channels))
	}
	return ds
}

// augmented are the images of one epoch after some transforms, with their targets.
func augmented(t *testing.T, ds *data.Dataset, workers int, transforms ...data.Transform) (x, y [][]float64) {
	t.Helper()
	loader := data.Loader{Batches: data.Batches{Size: 7}, Augment: transforms, Workers: workers}
	for batch, err := range loader.All(context.Background(), ds, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for from := range slices.Chunk(batch.X.Float64s(), ds.X.Shape()[1:].TotalSize()) {
			x = append(x, slices.Clone(from))
		}
		for from := range slices.Chunk(batch.Y.Float64s(), 2) {
			y = append(y, slices.Clone(from))
		}
	}
	return x, y
}

func Example() {
	ds := &data.Dataset{X: tensor.New(tensor.WithShape(3, 1, 1, 4), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))}
	loader := data.Loader{Augment: []data.Transform{Flip{}, Cutout{Size: 1}}}
	for epoch := range 2 {
		for batch, err := range loader.All(context.Background(), ds, epoch) {
			fmt.Println(batch.X.Data(), err)
		}
	}
	// Output:
	// [1 2 3 0 8 0 6 5 12 11 10 0] <nil>
	// [4 3 0 1 0 7 6 5 12 11 0 9] <nil>
}

// within fails unless a count of successes, each with that probability, is within 4.5 standard deviations of its mean.
func within(t *testing.T, what string, count, trials int, probability float64) {
	t.Helper()
	mean := float64(trials) * probability
	if spread := math.Sqrt(mean * (1 - probability)); math.Abs(float64(count)-mean) > 4.5*spread {
		t.Errorf("%s: %d of %d, want about %.0f", what, count, trials, mean)
	}
}

func TestPadAndCropMovesImages(t *testing.T) {
	const n, height, width = 4000, 3, 4
	for _, pad := range []int{0, 1, 2, 5} {
		ds := repeated(n, 2, height, width)
		crop := PadAndCrop{Pad: pad, Fill: -7}
		if pad == 0 {
			pad = 4
		}
		want := make(map[string]int) // images by content, as often as a shift gives them
		for down := -pad; down <= pad; down++ {
			for right := -pad; right <= pad; right++ {
				want[fmt.Sprint(shifted(ds.X.Float64s(), 2, height, width, down, right, -7))]++
			}
		}
		got := make(map[string]int)
		x, _ := augmented(t, ds, 0, crop)
		for _, image := range x {
			got[fmt.Sprint(image)]++
		}
		for image, count := range got {
			if want[image] == 0 {
				t.Fatalf("pad %d: image %s is no shift", pad, image)
			}
			within(t, fmt.Sprintf("pad %d: image %s", pad, image), count, n, float64(want[image])/float64((2*pad+1)*(2*pad+1)))
		}
		if len(got) != len(want) {
			t.Errorf("pad %d: got %d images, want %d", pad, len(got), len(want))
		}
	}
}

// shifted moves an image by its definition, pixel by pixel.
func shifted(image []float64, channels, height, width, down, right int, fill float64) []float64 {
	var moved []float64
	for c := range channels {
		for row := range height {
			for column := range width {
				y, x, v := row-down, column-right, fill
				if y >= 0 && y < height && x >= 0 && x < width {
					v = image[(c*height+y)*width+x]
				}
				moved = append(moved, v)
			}
		}
	}
	return moved
}

func TestFlipMirrorsHalfOfTheImages(t *testing.T) {
	const n = 2000
	x, y := augmented(t, repeated(n, 2, 2, 3), 0, Flip{})
	as, mirrored := []float64{1, 2, 3, 4, 5, 6, 101, 102, 103, 104, 105, 106}, []float64{3, 2, 1, 6, 5, 4, 103, 102, 101, 106, 105, 104}
	flips := 0
	for i, image := range x {
		switch {
		case slices.Equal(image, mirrored):
			flips++
		case !slices.Equal(image, as):
			t.Fatalf("image %d became %v", i, image)
		}
	}
	within(t, "mirrored images", flips, n, 0.5)
	if !slices.Equal(y[1], []float64{0, 1}) {
		t.Errorf("the targets became %v", y[1])
	}
}

func TestCutoutCoversASquare(t *testing.T) {
	const n, height, width = 3000, 4, 6
	for _, size := range []int{0, 1, 3, 20} {
		x, _ := augmented(t, repeated(n, 2, height, width), 0, Cutout{Size: size, Fill: -1})
		if size == 0 {
			size = 2
		}
		want := make(map[string]bool)
		for y := range height {
			for x := range width {
				want[fmt.Sprint(covered(height, width, y-size/2, x-size/2, size))] = true
			}
		}
		got := make(map[string]bool)
		for _, image := range x {
			s := fmt.Sprint(image)
			if !want[s] {
				t.Fatalf("size %d: image %s has no square covered", size, s)
			}
			got[s] = true
		}
		if len(got) != len(want) {
			t.Errorf("size %d: got %d images, want %d", size, len(got), len(want))
		}
	}
}

// covered is an image of repeated with a square of -1.
func covered(height, width, top, left, size int) []float64 {
	image := slices.Clone(repeated(1, 2, height, width).X.Float64s())
	for i := range image {
		y, x := i/width%height, i%width
		if y >= top && y < top+size && x >= left && x < left+size {
			image[i] = -1
		}
	}
	return image
}

func TestMixupMixesImagesAndTargets(t *testing.T) {
	const n = 3000
	for _, alpha := range []float64{0, 0.2, 1, 4} {
		ds := images(n, 1, 1, 2) // image i is 2i+1, 2i+2
		x, y := augmented(t, ds, 0, Mixup{Alpha: alpha})
		if alpha == 0 {
			alpha = 1
		}
		var sum, squares float64
		different := 0
		for i, image := range x {
			if math.Abs(image[1]-image[0]-1) > 1e-9 || math.Abs(y[i][0]+y[i][1]-1) > 1e-12 {
				t.Fatalf("alpha %v: image %d became %v with targets %v, no mixture", alpha, i, image, y[i])
			}
			own := y[i][i%2]
			if own == 1 { // the other sample has the same class
				continue
			}
			different++
			sum += own
			squares += (own - 0.5) * (own - 0.5)
			// x = λ·(2i+1) + (1-λ)·(2j+1) for a whole number j.
			if other := (image[0] - own*float64(2*i+1)) / (1 - own); 1-own > 1e-6 && math.Abs(other-math.Round(other)) > 1e-5 {
				t.Fatalf("alpha %v: image %d became %v with targets %v: the shares differ", alpha, i, image, y[i])
			}
		}
		within(t, "samples mixed with the other class", different, n, 0.5)
		// Beta has mean 1/2 and variance 1/(8α+4). The mean of m draws varies by its root over m; its square, which lies in
		// [0, 1/4], has a variance of at most a quarter of its mean.
		m := float64(different)
		variance := 1 / (8*alpha + 4)
		if mean := sum / m; math.Abs(mean-0.5) > 4.5*math.Sqrt(variance/m) {
			t.Errorf("alpha %v: mean share %v, want about 0.5", alpha, mean)
		}
		if got := squares / m; math.Abs(got-variance) > 4.5*math.Sqrt(variance/4/m) {
			t.Errorf("alpha %v: variance of the share %v, want about %v", alpha, got, variance)
		}
	}
}

// At an Alpha so small that its random numbers underflow, a mixture is one of the two samples.
func TestMixupWithATinyAlpha(t *testing.T) {
	x, y := augmented(t, images(500, 1, 1, 2), 0, Mixup{Alpha: 1e-9})
	for i, image := range x {
		if image[1] != image[0]+1 || y[i][0]*y[i][1] != 0 || y[i][0]+y[i][1] != 1 {
			t.Errorf("image %d became %v with targets %v, want those of a sample", i, image, y[i])
		}
	}
}

// Mixup mixes with a sample that the transforms before have changed.
func TestMixupFollowsOtherTransforms(t *testing.T) {
	ds := repeated(200, 1, 1, 3)
	tens := tensor.New(tensor.WithShape(200, 1, 1, 3), tensor.WithBacking(slices.Repeat([]float64{10}, 600)))
	x, _ := augmented(t, &data.Dataset{X: tens, Y: ds.Y}, 0, Normalize{Mean: []float64{8}, Std: []float64{1}}, Mixup{})
	for i, image := range x {
		for _, v := range image {
			if math.Abs(v-2) > 1e-15 { // three roundings of 2
				t.Fatalf("image %d became %v, want 2", i, image)
			}
		}
	}
}

func TestNormalizeIsThatOfTheDataset(t *testing.T) {
	ds, want := images(9, 3, 2, 2), images(9, 3, 2, 2)
	m, err := ds.ChannelMoments()
	if err != nil {
		t.Fatal(err)
	}
	if err := want.Normalize(m); err != nil {
		t.Fatal(err)
	}
	x, _ := augmented(t, ds, 0, Normalize(m))
	if got := slices.Concat(x...); !slices.Equal(got, want.X.Float64s()) {
		t.Errorf("got %v, want %v", got, want.X.Float64s())
	}
}

func TestTransformsGiveTheSameWhateverTheWorkers(t *testing.T) {
	ds := images(40, 3, 5, 4)
	all := []data.Transform{PadAndCrop{Pad: 2}, Flip{}, Mixup{}, Cutout{}, Mixup{Alpha: 0.2}}
	wantX, wantY := augmented(t, ds, 0, all...)
	for workers := 1; workers < 6; workers++ {
		x, y := augmented(t, ds, workers, all...)
		if !reflect.DeepEqual(x, wantX) || !reflect.DeepEqual(y, wantY) {
			t.Errorf("%d workers give other images", workers)
		}
	}
}

func TestTransformsReject(t *testing.T) {
	flat, err := images(4, 1, 2, 2).Flatten()
	if err != nil {
		t.Fatal(err)
	}
	classes := images(4, 1, 2, 2)
	classes.Y = tensor.New(tensor.WithShape(4), tensor.WithBacking(make([]int, 4)))
	for _, c := range []struct {
		transform data.Transform
		ds        *data.Dataset
		want      string
	}{
		{PadAndCrop{Pad: -1}, images(4, 1, 2, 2), "PadAndCrop.Pad: got -1, want a positive number"},
		{PadAndCrop{}, flat, "PadAndCrop: got X of shape (4, 4), want images (N, channels, height, width) (use Dataset.Reshape)"},
		{Flip{}, flat, "Flip: got X of shape (4, 4)"},
		{Cutout{}, flat, "Cutout: got X of shape (4, 4)"},
		{Cutout{Size: -2}, images(4, 1, 2, 2), "Cutout.Size: got -2"},
		{Mixup{}, classes, "Mixup: got classes of type int in Y, want one-hot rows (use Dataset.OneHot"},
		{Mixup{Alpha: -1}, flat, "Mixup.Alpha: got -1"},
		{Mixup{Alpha: math.NaN()}, flat, "Mixup.Alpha: got NaN"},
		{Mixup{Alpha: math.Inf(1)}, flat, "Mixup.Alpha: got +Inf"},
		{Normalize{}, flat, "got 0 means"},
	} {
		err := data.Loader{Augment: []data.Transform{c.transform}}.Validate(c.ds)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: error %v, want one with %q", c.transform, err, c.want)
		}
	}
	if err := (Mixup{}).Validate(flat); err != nil {
		t.Errorf("Mixup of rows: %v", err)
	}
}
