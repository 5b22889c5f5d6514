package demotest

import (
	"bytes"
	"fmt"
	picture "image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
)

// WriteFiles makes a folder of files, by their paths in it.
func WriteFiles(t *testing.T, files map[string][]byte) string {
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

// IDXFolder holds 40 images of 4 x 6 pixels to train on and 10 to validate.
func IDXFolder(t *testing.T) string {
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
	return WriteFiles(t, files)
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
	return WriteFiles(t, files)
}

// CIFAR10Folder is a folder of CIFAR-10 in the binary version.
func CIFAR10Folder(t *testing.T) string {
	var train []string
	for i := range 5 {
		train = append(train, fmt.Sprintf("data_batch_%d.bin", i+1))
	}
	return cifarFolder(t, map[string]int{"batches.meta.txt": 10}, train, "test_batch.bin")
}

// CIFAR100Folder is a folder of CIFAR-100 in the binary version.
func CIFAR100Folder(t *testing.T) string {
	return cifarFolder(t, map[string]int{"coarse_label_names.txt": 20, "fine_label_names.txt": 100}, []string{"train.bin"}, "test.bin")
}

// ImageFolder holds 25 images of 6 x 5 pixels in each of two folders.
func ImageFolder(t *testing.T) string {
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
	return WriteFiles(t, files)
}
