package main

import (
	"bytes"
	"fmt"
	picture "image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// writeFiles makes a folder of files, by their paths in it.
func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// idxFolder holds 40 images of 4 x 6 pixels to train on and 10 to validate.
func idxFolder(t *testing.T) string {
	files := make(map[string][]byte)
	for name, n := range map[string]int{"train": 40, "t10k": 10} {
		pixels, labels := make([]uint8, n*24), make([]uint8, n)
		for i := range n {
			labels[i] = uint8(i % 10)
			pixels[i*24+i%10] = 255
		}
		var images, classes bytes.Buffer
		if err := data.WriteIDX(&images, []int{n, 4, 6}, pixels); err != nil {
			t.Fatal(err)
		}
		if err := data.WriteIDX(&classes, []int{n}, labels); err != nil {
			t.Fatal(err)
		}
		files[name+"-images-idx3-ubyte"], files[name+"-labels-idx1-ubyte"] = images.Bytes(), classes.Bytes()
	}
	return writeFiles(t, files)
}

// cifarFolder holds 40 images to train on and 10 to validate, with 1 or 2 labels each.
func cifarFolder(t *testing.T, names map[string]int, train []string, test string) string {
	files := make(map[string][]byte)
	for name, count := range names {
		files[name] = []byte(strings.Repeat("name\n", count))
	}
	for _, name := range append(train, test) {
		n := 40 / len(train)
		if name == test {
			n = 10
		}
		var b []byte
		for i := range n {
			b = append(b, slices.Repeat([]byte{byte(i % 10)}, len(names))...)
			b = append(b, bytes.Repeat([]byte{byte(20 * (i % 10)), 7, 9}, 1024)...)
		}
		files[name] = b
	}
	return writeFiles(t, files)
}

func cifar10Folder(t *testing.T) string {
	var train []string
	for i := range 5 {
		train = append(train, fmt.Sprintf("data_batch_%d.bin", i+1))
	}
	return cifarFolder(t, map[string]int{"batches.meta.txt": 10}, train, "test_batch.bin")
}

func cifar100Folder(t *testing.T) string {
	return cifarFolder(t, map[string]int{"coarse_label_names.txt": 20, "fine_label_names.txt": 100}, []string{"train.bin"}, "test.bin")
}

// imageFolder holds 25 images of 6 x 5 pixels in each of two folders.
func imageFolder(t *testing.T) string {
	files := make(map[string][]byte)
	for i := range 50 {
		m := picture.NewNRGBA(picture.Rect(0, 0, 5, 6))
		for k := range m.Pix {
			m.Pix[k] = 255
		}
		m.SetNRGBA(i%5, i%6, color.NRGBA{uint8(i), 0, uint8(i % 2 * 255), 255})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprintf("%s/%d.png", []string{"dark", "blue"}[i%2], i)] = b.Bytes()
	}
	return writeFiles(t, files)
}

func TestFoldersOfImages(t *testing.T) {
	for name, c := range map[string]struct {
		dir        string
		flags      []string
		sample     tensor.Shape
		train, val int
		classes    int
	}{
		"built-in":  {"", nil, tensor.Shape{1, 28, 28}, 10000, 2000, 10},
		"IDX":       {idxFolder(t), nil, tensor.Shape{1, 4, 6}, 40, 10, 10},
		"CIFAR-10":  {cifar10Folder(t), nil, tensor.Shape{3, 32, 32}, 40, 10, 10},
		"CIFAR-100": {cifar100Folder(t), nil, tensor.Shape{3, 32, 32}, 40, 10, 100},
		"PNG":       {imageFolder(t), nil, tensor.Shape{3, 6, 5}, 40, 10, 2},
		"resized":   {imageFolder(t), []string{"-image-size", "8"}, tensor.Shape{3, 8, 8}, 40, 10, 2},
	} {
		t.Run(name, func(t *testing.T) {
			flags := append(c.flags, "-batch", "8")
			if c.dir != "" {
				flags = append(flags, "-data", c.dir)
			}
			o := parsed(t, flags...)
			train, val, err := o.load()
			if err != nil {
				t.Fatal(err)
			}
			if !train.X.Shape()[1:].Eq(c.sample) || !val.X.Shape()[1:].Eq(c.sample) || train.Len() != c.train || val.Len() != c.val {
				t.Errorf("images of shape %v and %v, want %d and %d of %v", train.X.Shape(), val.X.Shape(), c.train, c.val, c.sample)
			}
			if len(train.Classes) != c.classes {
				t.Errorf("%d classes, want %d", len(train.Classes), c.classes)
			}
			moments, err := train.ChannelMoments()
			if err != nil {
				t.Fatal(err)
			}
			for channel, mean := range moments.Mean { // the tolerance is that of TestImagesAreNormalised
				if std := moments.Std[channel]; math.Abs(mean) > 1e-4 || std != 0 && math.Abs(std-1) > 1e-4 {
					t.Errorf("channel %d has mean %g and standard deviation %g, want 0 and 1", channel, mean, std)
				}
			}
			rows, _, err := o.images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := (tensor.Shape{c.train, c.sample.TotalSize()}); !rows.X.Shape().Eq(want) {
				t.Errorf("dense networks get shape %v, want %v", rows.X.Shape(), want)
			}
		})
	}
}

func TestTrainOnFoldersOfImages(t *testing.T) {
	for name, flags := range map[string][]string{
		"IDX": {"-data", idxFolder(t)}, "CIFAR-10": {"-data", cifar10Folder(t)}, "CIFAR-100": {"-data", cifar100Folder(t)},
		"PNG": {"-data", imageFolder(t), "-image-size", "4"},
	} {
		args := append([]string{"train", "-depth", "2", "-width", "8", "-batch", "8", "-epochs", "1"}, flags...)
		status, out, files := runDemo(t, args...)
		if status != exitOK || !strings.Contains(out, "images: 40 to train on, 10 to validate") || len(files["profiles.json"]) == 0 {
			t.Errorf("%s: status %d\n%s", name, status, out)
		}
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	broken := imageFolder(t)
	if err := os.WriteFile(filepath.Join(broken, "blue", "99.png"), []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	cut := cifar10Folder(t)
	if err := os.Truncate(filepath.Join(cut, "data_batch_4.bin"), 5000); err != nil {
		t.Fatal(err)
	}
	sizes := imageFolder(t)
	small := picture.NewGray(picture.Rect(0, 0, 2, 3))
	var b bytes.Buffer
	if err := png.Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sizes, "blue", "99.png"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		want  []string
	}{
		"several sizes": {[]string{"-data", sizes}, []string{"-data: ", "3 x 2", "6 x 5", "-image-size resizes"}},
		"unknown": {[]string{"-data", writeFiles(t, map[string][]byte{"notes.txt": nil})},
			[]string{"-data: got ", "IDX", "CIFAR-10", "PNG or JPEG images for each class"}},
		"absent":       {[]string{"-data", filepath.Join(t.TempDir(), "absent")}, []string{"-data: ", "absent"}},
		"broken image": {[]string{"-data", broken}, []string{"99.png"}},
		"cut CIFAR":    {[]string{"-data", cut}, []string{"data_batch_4.bin", "got 5000 bytes, want a multiple of 3073"}},
		"size of IDX":  {[]string{"-data", idxFolder(t), "-image-size", "8"}, []string{"-image-size: got 8"}},
		"batch":        {[]string{"-data", imageFolder(t)}, []string{"-batch: got 64, want at most 40"}},
	} {
		_, _, err := parsed(t, c.flags...).load()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q does not say %q", name, err, part)
			}
		}
	}
}
