package setup

import (
	"bytes"
	picture "image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

func TestFoldersOfImages(t *testing.T) {
	for name, c := range map[string]struct {
		dir        string
		flags      []string
		sample     tensor.Shape
		train, val int
		classes    int
	}{
		"built-in":  {"", nil, tensor.Shape{1, 28, 28}, 10000, 2000, 10},
		"IDX":       {demotest.IDXFolder(t), nil, tensor.Shape{1, 4, 6}, 40, 10, 10},
		"CIFAR-10":  {demotest.CIFAR10Folder(t), nil, tensor.Shape{3, 32, 32}, 40, 10, 10},
		"CIFAR-100": {demotest.CIFAR100Folder(t), nil, tensor.Shape{3, 32, 32}, 40, 10, 100},
		"PNG":       {demotest.ImageFolder(t), nil, tensor.Shape{3, 6, 5}, 40, 10, 2},
		"resized":   {demotest.ImageFolder(t), []string{"-image-size", "8"}, tensor.Shape{3, 8, 8}, 40, 10, 2},
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
			for channel, mean := range moments.Mean { // for the tolerance see TestImagesAreNormalised
				if std := moments.Std[channel]; math.Abs(mean) > 1e-4 || std != 0 && math.Abs(std-1) > 1e-4 {
					t.Errorf("channel %d has mean %g and standard deviation %g, want 0 and 1", channel, mean, std)
				}
			}
			rows, _, err := o.Images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := (tensor.Shape{c.train, c.sample.TotalSize()}); !rows.X.Shape().Eq(want) {
				t.Errorf("dense networks get shape %v, want %v", rows.X.Shape(), want)
			}
		})
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	broken := demotest.ImageFolder(t)
	if err := os.WriteFile(filepath.Join(broken, "blue", "99.png"), []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	cut := demotest.CIFAR10Folder(t)
	if err := os.Truncate(filepath.Join(cut, "data_batch_4.bin"), 5000); err != nil {
		t.Fatal(err)
	}
	sizes := demotest.ImageFolder(t)
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
		"unknown": {[]string{"-data", demotest.WriteFiles(t, map[string][]byte{"notes.txt": nil})},
			[]string{"-data: got ", "IDX", "CIFAR-10", "PNG or JPEG images for each class"}},
		"absent":       {[]string{"-data", filepath.Join(t.TempDir(), "absent")}, []string{"-data: ", "absent"}},
		"broken image": {[]string{"-data", broken}, []string{"99.png"}},
		"cut CIFAR":    {[]string{"-data", cut}, []string{"data_batch_4.bin", "got 5000 bytes, want a multiple of 3073"}},
		"size of IDX":  {[]string{"-data", demotest.IDXFolder(t), "-image-size", "8"}, []string{"-image-size: got 8"}},
		"batch":        {[]string{"-data", demotest.ImageFolder(t)}, []string{"-batch: got 64, want at most 40"}},
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
