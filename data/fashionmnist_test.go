package data

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

func ExampleFashionMNIST() {
	train, test, err := FashionMNIST(tensor.Float32)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.X.Shape(), train.Y.Shape(), test.X.Shape(), test.Y.Shape())

	image, class := train.X.Data().([]float32)[:784], train.Y.Data().([]int)[0]
	for row := 0; row < 28; row += 2 { // every second row and pixel, five shades
		for column := 0; column < 28; column += 2 {
			fmt.Print(string(".:+*#"[int(image[row*28+column]*4.99)]))
		}
		fmt.Println()
	}
	fmt.Println(train.Classes[class])
	// Output:
	// (10000, 784) (10000) (2000, 784) (2000)
	// ......+.:+....
	// ...*#**#**##..
	// ...**######*+.
	// ..*##.:+:.###.
	// ..###....:*##.
	// ..*#######*#*.
	// ....###*###...
	// ....*##*###...
	// ....**###*#...
	// ....#######...
	// ....*######...
	// ....*######...
	// ....*######...
	// ....*######...
	// T-shirt/top
}

// sampleFiles are the embedded files.
var sampleFiles = []string{
	"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
}

// The README beside the sample lists the sums; what is embedded must be what it describes.
func TestEmbeddedFilesHaveTheSumsOfTheirReadme(t *testing.T) {
	readme, err := embedded.ReadFile("fashionmnist/README.md")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, name := range sampleFiles {
		packed, err := embedded.ReadFile("fashionmnist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(packed)
		plainName := strings.TrimSuffix(name, ".gz")
		shape, values, err := ReadIDX(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		if err := WriteIDX(&plain, shape, values); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			fmt.Sprintf("%x  %s\n", sha256.Sum256(packed), name),
			fmt.Sprintf("%x  %s\n", sha256.Sum256(plain.Bytes()), plainName),
		} {
			if !strings.Contains(string(readme), line) {
				t.Errorf("the README does not list %s", line)
			}
		}
	}
	if total > 6e6 {
		t.Errorf("the sample takes %d bytes; want at most 6 MB", total)
	}
}

func TestLicenceTravelsWithTheSample(t *testing.T) {
	licence, err := embedded.ReadFile("fashionmnist/LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"MIT License", "Zalando SE", "shall be included in all copies"} {
		if !strings.Contains(string(licence), part) {
			t.Errorf("the licence does not say %q", part)
		}
	}
}

func TestFashionMNISTIsBalancedAndScaled(t *testing.T) {
	train, test, err := FashionMNIST(tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	for name, split := range map[string]struct {
		*Dataset
		n int
	}{"train": {train, 10000}, "test": {test, 2000}} {
		if err := split.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := split.X.Shape(), (tensor.Shape{split.n, 784}); !got.Eq(want) {
			t.Errorf("%s: X has shape %v; want %v", name, got, want)
		}
		if got, want := split.Y.Shape(), (tensor.Shape{split.n}); !got.Eq(want) {
			t.Errorf("%s: Y has shape %v; want %v", name, got, want)
		}
		for i, class := range split.Y.Data().([]int) {
			if class != i%10 {
				t.Fatalf("%s: sample %d is of class %d; want %d", name, i, class, i%10)
			}
		}
		if len(split.Classes) != 10 {
			t.Errorf("%s: classes %q; want ten", name, split.Classes)
		}
		checkPixels(t, name, split.X.Data().([]float64))
	}
}

// checkPixels fails unless the values fill [0, 1] in steps of 1/255 and have the mean of Fashion-MNIST.
func checkPixels(t *testing.T, name string, values []float64) {
	t.Helper()
	var seen [256]bool
	sum := 0.0
	for i, v := range values {
		p := int(v*255 + 0.5)
		if p < 0 || p > 255 || v != float64(p)/255 {
			t.Fatalf("%s: pixel %d is %v; want a multiple of 1/255 in [0, 1]", name, i, v)
		}
		seen[p] = true
		sum += v
	}
	if !seen[0] || !seen[255] {
		t.Errorf("%s: 0 is there: %v, 1 is there: %v; want both", name, seen[0], seen[255])
	}
	// The full training set has mean 0.2860. The means of its images have standard deviation 0.126, so the mean of 2000 images
	// has 0.126/sqrt(2000) = 0.0028; three times that is allowed.
	if mean := sum / float64(len(values)); math.Abs(mean-0.2860) > 3*0.0028 {
		t.Errorf("%s: the mean pixel is %v; want about 0.286", name, mean)
	}
}

func TestFashionMNISTTypesAgree(t *testing.T) {
	_, narrow, err := FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	_, wide, err := FashionMNIST(tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range wide.X.Data().([]float64) {
		if got := narrow.X.Data().([]float32)[i]; got != float32(v) {
			t.Fatalf("pixel %d is %v as float32 and %v as float64", i, got, v)
		}
	}
	_, _, err = FashionMNIST(tensor.Int)
	wantError(t, err, "tensor.Float32 or tensor.Float64")
}

// No image may be in both parts, or test accuracy would measure memory.
func TestSampleSharesNoImageBetweenTrainAndTest(t *testing.T) {
	trained := map[string]bool{}
	read := func(name string) (images []string) {
		_, pixels, err := ReadIDX(open(t, "fashionmnist/"+name))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(pixels); i += 784 {
			images = append(images, string(pixels[i:i+784]))
		}
		return images
	}
	for _, image := range read("train-images-idx3-ubyte.gz") {
		trained[image] = true
	}
	for i, image := range read("t10k-images-idx3-ubyte.gz") {
		if trained[image] {
			t.Errorf("test image %d is a training image too", i)
		}
	}
}

func open(t *testing.T, name string) fs.File {
	t.Helper()
	file, err := embedded.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// idxFile is the content of an IDX file.
func idxFile(t *testing.T, shape []int, values ...uint8) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := WriteIDX(&file, shape, values); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// tinySet writes a set of 1 x 2 pixel images to a new directory, one file compressed. An entry of changes replaces a file,
// or removes it if nil.
func tinySet(t *testing.T, changes map[string][]byte) string {
	t.Helper()
	files := map[string][]byte{
		"train-images-idx3-ubyte":    idxFile(t, []int{3, 1, 2}, 0, 255, 51, 102, 0, 0),
		"train-labels-idx1-ubyte.gz": compress(t, idxFile(t, []int{3}, 2, 0, 1)),
		"t10k-images-idx3-ubyte":     idxFile(t, []int{1, 1, 2}, 1, 2),
		"t10k-labels-idx1-ubyte":     idxFile(t, []int{1}, 1),
	}
	for name, content := range changes {
		files[name] = content
	}
	dir := t.TempDir()
	for name, content := range files {
		if content == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadIDXDir(t *testing.T) {
	train, test, err := ReadIDXDir(tinySet(t, nil), []string{"a", "b", "c"}, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := train.X.Data(), []float64{0, 1, 0.2, 0.4, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("training images are %v; want %v", got, want)
	}
	if got, want := train.Y.Data(), []int{2, 0, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("training labels are %v; want %v", got, want)
	}
	if test.Len() != 1 || test.Classes[2] != "c" {
		t.Errorf("the test set has %d samples and classes %q; want 1 and a, b, c", test.Len(), test.Classes)
	}
}

func TestIDXReaderKeepsTheShapeOfImages(t *testing.T) {
	train, test, err := IDXReader{Images: true}.ReadDir(tinySet(t, nil), nil, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := train.X.Shape(), (tensor.Shape{3, 1, 1, 2}); !got.Eq(want) {
		t.Errorf("training images have shape %v; want %v", got, want)
	}
	if got, want := train.X.Data(), []float32{0, 1, 0.2, 0.4, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("training images are %v; want %v", got, want)
	}
	if got, want := test.X.Shape(), (tensor.Shape{1, 1, 1, 2}); !got.Eq(want) {
		t.Errorf("test images have shape %v; want %v", got, want)
	}

	turned := tinySet(t, map[string][]byte{"t10k-images-idx3-ubyte": idxFile(t, []int{1, 2, 1}, 1, 2)})
	_, _, err = IDXReader{Images: true}.ReadDir(turned, nil, tensor.Float32)
	wantError(t, err, "shape of a test image: got (1, 2, 1), want (1, 1, 2)")
}

func TestReadIDXDirRejects(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string][]byte
		want    []string
	}{
		"missing file": {
			map[string][]byte{"t10k-labels-idx1-ubyte": nil},
			[]string{"t10k-labels-idx1-ubyte, as it is or with .gz"}},
		"malformed file": {
			map[string][]byte{"train-images-idx3-ubyte": []byte("<html>")},
			[]string{"train-images-idx3-ubyte: data: IDX byte 0"}},
		"labels for images": {
			map[string][]byte{"train-images-idx3-ubyte": idxFile(t, []int{3}, 1, 2, 3)},
			[]string{"train-images-idx3-ubyte: data: IDX byte 3: got 1 dimensions", "want 3: images, rows and columns"}},
		"images for labels": {
			map[string][]byte{"train-labels-idx1-ubyte.gz": compress(t, idxFile(t, []int{3, 1}, 0, 0, 0))},
			[]string{"train-labels-idx1-ubyte.gz: data: IDX byte 3: got 2 dimensions", "want 1: labels"}},
		"count": {
			map[string][]byte{"t10k-labels-idx1-ubyte": idxFile(t, []int{2}, 0, 0)},
			[]string{"t10k-labels-idx1-ubyte: ", "byte 4: got 2 labels, want 1"}},
		"label": {
			map[string][]byte{"train-labels-idx1-ubyte.gz": compress(t, idxFile(t, []int{3}, 0, 1, 3))},
			[]string{"train-labels-idx1-ubyte", "byte 10: got label 3, want 0 to 2"}},
		"image size": {
			map[string][]byte{"t10k-images-idx3-ubyte": idxFile(t, []int{1, 2, 2}, 0, 0, 0, 0)},
			[]string{"shape of a test image: got (4), want (2)"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tinySet(t, test.changes)
			train, other, err := ReadIDXDir(dir, []string{"a", "b", "c"}, tensor.Float32)
			wantError(t, err, append(test.want, dir)...)
			if train != nil || other != nil {
				t.Error("a dataset came with the error")
			}
		})
	}
}

func TestHoldsIDX(t *testing.T) {
	packed := map[string][]byte{"train-images-idx3-ubyte": nil, "train-images-idx3-ubyte.gz": {1}}
	for dir, want := range map[string]bool{
		tinySet(t, nil): true, tinySet(t, packed): true, t.TempDir(): false, filepath.Join(t.TempDir(), "absent"): false,
		tinySet(t, map[string][]byte{"train-images-idx3-ubyte": nil}): false,
	} {
		if got := HoldsIDX(dir); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestReadFashionMNIST(t *testing.T) {
	train, _, err := ReadFashionMNIST("fashionmnist", tensor.Float32) // the sample has the layout of the full set
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 10000 || train.Classes[9] != "Ankle boot" {
		t.Errorf("read %d samples with classes %q; want 10000 ending in Ankle boot", train.Len(), train.Classes)
	}
	if train, _, err = (IDXReader{Images: true}).ReadFashionMNIST(tinySet(t, nil), tensor.Float32); err != nil {
		t.Fatal(err)
	}
	if got, want := train.X.Shape(), (tensor.Shape{3, 1, 1, 2}); !got.Eq(want) || train.Classes[9] != "Ankle boot" {
		t.Errorf("images have shape %v and classes %q; want %v and those of Fashion-MNIST", got, train.Classes, want)
	}
	_, _, err = ReadFashionMNIST(t.TempDir(), tensor.Float32)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty directory gives %v; want fs.ErrNotExist wrapped", err)
	}
}
