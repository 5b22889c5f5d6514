package cifar

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// record is an image of CIFAR whose red, green and blue bytes begin with shade, shade+1 and shade+2, and are 0 elsewhere.
func record(shade uint8, labels ...uint8) []byte {
	image := make([]byte, imageSize)
	for c := range channels {
		image[c*side*side] = shade + uint8(c)
	}
	image[imageSize-1] = 255
	return append(labels, image...)
}

func names(prefix string, n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d\n", prefix, i)
	}
	return []byte(b.String() + "\n")
}

// cifar10 are the files of a tiny CIFAR-10.
func cifar10() map[string][]byte {
	files := map[string][]byte{
		"batches.meta.txt": names("c", 10),
		"test_batch.bin":   record(100, 9),
	}
	for i := range uint8(5) {
		files[fmt.Sprintf("data_batch_%d.bin", i+1)] = slices.Concat(record(10*i, i), record(10*i+5, 9-i))
	}
	return files
}

// cifar100 are the files of a tiny CIFAR-100.
func cifar100() map[string][]byte {
	return map[string][]byte{
		"coarse_label_names.txt": names("coarse", 20),
		"fine_label_names.txt":   names("fine", 100),
		"train.bin":              slices.Concat(record(1, 19, 99), record(2, 0, 7)),
		"test.bin":               record(3, 4, 5),
	}
}

// write writes files to a folder and returns it. Nil content leaves a file out.
func write(t *testing.T, dir string, files map[string][]byte) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
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

func TestRead10(t *testing.T) {
	train, test, err := Read(write(t, t.TempDir(), cifar10()), tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Wrap(train.Validate(), "train"); err != nil {
		t.Error(err)
	}
	if got, want := train.X.Shape(), (tensor.Shape{10, 3, 32, 32}); !got.Eq(want) {
		t.Errorf("training images have shape %v, want %v", got, want)
	}
	if got, want := train.Y.Data(), []int{0, 9, 1, 8, 2, 7, 3, 6, 4, 5}; !reflect.DeepEqual(got, want) {
		t.Errorf("training labels %v, want %v", got, want)
	}
	x := train.X.Float32s()
	for i, shade := range []float32{0, 5, 10, 15, 20, 25, 30, 35, 40, 45} {
		image := x[i*imageSize:][:imageSize]
		if image[0] != shade/255 || image[1024] != (shade+1)/255 || image[2048] != (shade+2)/255 || image[3071] != 1 || image[1] != 0 {
			t.Errorf("image %d begins with %v, %v and %v, and ends with %v", i, image[0], image[1024], image[2048], image[3071])
		}
	}
	if !slices.Equal(test.Classes, []string{"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}) || test.Len() != 1 {
		t.Errorf("the test set has %d images of classes %q", test.Len(), test.Classes)
	}
}

func TestRead100(t *testing.T) {
	parent := t.TempDir()
	dir := write(t, filepath.Join(parent, "cifar-100-binary"), cifar100())
	for _, d := range []string{dir, parent} {
		train, test, err := Read(d, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := train.Y.Data(), []int{99, 7}; !reflect.DeepEqual(got, want) {
			t.Errorf("training labels %v, want %v", got, want)
		}
		if got, want := train.Column(CoarseColumn).Data(), []int{19, 0}; !reflect.DeepEqual(got, want) {
			t.Errorf("coarse labels %v, want %v", got, want)
		}
		if got := train.X.Float64s()[imageSize]; got != 2.0/255 {
			t.Errorf("the second image begins with %v, want 2/255", got)
		}
		if len(test.Classes) != 100 || test.Classes[99] != "fine99" || test.Len() != 1 {
			t.Errorf("the test set has %d images of classes %q", test.Len(), test.Classes)
		}
		coarse, err := CoarseNames(d)
		if err != nil || len(coarse) != 20 || coarse[19] != "coarse19" {
			t.Errorf("coarse names %q, %v", coarse, err)
		}
	}
}

func TestHolds(t *testing.T) {
	empty, ten := t.TempDir(), write(t, t.TempDir(), cifar10())
	parent := t.TempDir()
	write(t, filepath.Join(parent, "cifar-10-batches-bin"), cifar10())
	folder := t.TempDir() // of that name, but no file
	if err := os.Mkdir(filepath.Join(folder, "train.bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{empty: false, ten: true, parent: true, folder: false, filepath.Join(empty, "absent"): false} {
		if got := Holds(dir); got != want {
			t.Errorf("%s holds CIFAR: got %v, want %v", dir, got, want)
		}
	}
}

func TestReadRejects(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string][]byte
		want    []string
	}{
		"cut off": {map[string][]byte{"data_batch_3.bin": record(1, 2)[:3000]},
			[]string{"data_batch_3.bin: size of a file of CIFAR-10: got 3000 bytes, want a multiple of 3073"}},
		"empty":       {map[string][]byte{"test_batch.bin": {}}, []string{"test_batch.bin", "got 0 bytes", "at least one image"}},
		"missing":     {map[string][]byte{"data_batch_5.bin": nil}, []string{"data_batch_5.bin", "no such file"}},
		"label":       {map[string][]byte{"data_batch_2.bin": slices.Concat(record(1, 2), record(1, 10))}, []string{"data_batch_2.bin: byte 3073: got label 10, want 0 to 9"}},
		"nine names":  {map[string][]byte{"batches.meta.txt": names("c", 9)}, []string{"batches.meta.txt: got 9 names, want 10"}},
		"two sets":    {cifar100(), []string{"got two sets"}},
		"none at all": {map[string][]byte{"data_batch_1.bin": nil}, []string{"no images in", "want data_batch_1.bin of CIFAR-10 or train.bin of CIFAR-100"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := cifar10()
			for file, content := range c.changes {
				files[file] = content
			}
			dir := write(t, t.TempDir(), files)
			train, test, err := Read(dir, tensor.Float32)
			if err == nil || train != nil || test != nil {
				t.Fatalf("got %v, %v and error %v, want an error alone", train, test, err)
			}
			for _, part := range append(c.want, dir) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
		})
	}
	_, _, err := Read(t.TempDir(), tensor.Float32)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder gives %v, want fs.ErrNotExist wrapped", err)
	}
	if _, _, err = Read(t.TempDir(), tensor.Int); err == nil || !strings.Contains(err.Error(), "got int") {
		t.Errorf("type int gives %v", err)
	}
	if _, err = CoarseNames(write(t, t.TempDir(), cifar10())); err == nil || !strings.Contains(err.Error(), "got CIFAR-10") {
		t.Errorf("the superclasses of CIFAR-10 give %v", err)
	}
}

// Whatever the bytes of a file, there is an error or a set that fits together.
func FuzzSplit(f *testing.F) {
	f.Add(record(3, 4))
	f.Add(record(3, 4, 5))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, l := range layouts {
			labels := make([][]int, len(l.labels))
			images, err := l.split(content, nil, labels)
			if err != nil {
				continue
			}
			for i, label := range l.labels {
				if len(labels[i])*imageSize != len(images) || slices.Max(labels[i]) >= label.count {
					t.Fatalf("%s: %d bytes of pixels with labels %v", l.name, len(images), labels[i])
				}
			}
		}
	})
}

// Copies of the images often come without the names of the classes.
func TestReadWithoutNames(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string][]byte
		names       string
		first, last string
	}{
		"CIFAR-10":  {cifar10(), "batches.meta.txt", "airplane", "truck"},
		"CIFAR-100": {cifar100(), "fine_label_names.txt", "0", "99"},
	} {
		delete(c.files, c.names)
		train, test, err := Read(write(t, t.TempDir(), c.files), tensor.Float32)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := train.Classes; got[0] != c.first || got[len(got)-1] != c.last || !slices.Equal(got, test.Classes) {
			t.Errorf("%s: got the classes %q", name, got)
		}
	}
	files := cifar100()
	delete(files, "coarse_label_names.txt")
	if names, err := CoarseNames(write(t, t.TempDir(), files)); err != nil || len(names) != 20 || names[19] != "19" {
		t.Errorf("got %q, %v", names, err)
	}
}
