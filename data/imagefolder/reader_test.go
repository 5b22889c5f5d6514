package imagefolder

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// colours is an image of that size. Its pixel (row, column) has red shade, green row and blue column.
func colours(shade uint8, height, width int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{shade, uint8(y), uint8(x), 255})
		}
	}
	return m
}

// grey is a grey image of one shade.
func grey(shade uint8, height, width int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	return m
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write makes a folder of files, by their paths in it.
func write(t *testing.T, files map[string][]byte) string {
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

// shades are the values of the first pixel of each image, as bytes.
func shades(ds *data.Dataset) []int {
	var list []int
	width := ds.X.Shape()[1:].TotalSize()
	for i := range ds.Len() {
		list = append(list, int(ds.X.Float32s()[i*width]*255+0.5))
	}
	return list
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestReadFoldersOfSets(t *testing.T) {
	for _, name := range []string{"val", "test"} {
		dir := write(t, map[string][]byte{
			"train/cat/1.png": asPNG(t, colours(10, 2, 3)), "train/cat/2.PNG": asPNG(t, colours(11, 2, 3)),
			"train/ant/z.png": asPNG(t, colours(20, 2, 3)), "train/ant/.hidden.png": []byte("no image"), "train/ant/notes.txt": []byte("notes"),
			"train/dog/a.jpeg": asJPEG(t, grey(30, 2, 3)), "train/.cache/1.png": []byte("no image"),
			name + "/dog/1.jpg": asJPEG(t, grey(31, 2, 3)), name + "/cat/1.png": asPNG(t, colours(12, 2, 3)),
		})
		train, validation, err := Reader{}.Read(dir, tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		for _, ds := range []*data.Dataset{train, validation} {
			if err := ds.Validate(); err != nil {
				t.Error(err)
			}
		}
		if want := []string{"ant", "cat", "dog"}; !slices.Equal(train.Classes, want) || !slices.Equal(validation.Classes, want) {
			t.Errorf("%s: classes %q and %q, want %q", name, train.Classes, validation.Classes, want)
		}
		if got, want := shades(train), []int{20, 10, 30, 11}; !slices.Equal(got, want) {
			t.Errorf("%s: training images %v, want %v", name, got, want)
		}
		if got, want := train.Y.Ints(), []int{0, 1, 2, 1}; !slices.Equal(got, want) {
			t.Errorf("%s: training classes %v, want %v", name, got, want)
		}
		if got, want := shades(validation), []int{12, 31}; !slices.Equal(got, want) {
			t.Errorf("%s: validation images %v, want %v", name, got, want)
		}
		if got, want := validation.Y.Ints(), []int{1, 2}; !slices.Equal(got, want) {
			t.Errorf("%s: validation classes %v, want %v", name, got, want)
		}
	}
}

func TestPixelsLieInChannelsAndRows(t *testing.T) {
	dir := write(t, map[string][]byte{
		"a/1.png": asPNG(t, colours(51, 2, 3)), "a/2.png": asPNG(t, colours(51, 2, 3)), "b/1.png": asPNG(t, colours(51, 2, 3)),
	})
	train, _, err := Reader{}.Read(dir, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := train.X.Shape(), (tensor.Shape{2, 3, 2, 3}); !got.Eq(want) {
		t.Errorf("shape %v, want %v", got, want)
	}
	one, two := 1.0/255, 2.0/255
	want := []float64{
		0.2, 0.2, 0.2, 0.2, 0.2, 0.2,
		0, 0, 0, one, one, one,
		0, one, two, 0, one, two,
	}
	if got := train.X.Float64s()[:18]; !slices.Equal(got, want) {
		t.Errorf("pixels %v, want %v", got, want)
	}
}

// many has 10 images of class a, of the shades 0 to 9, 5 of class b, from 100 on, and one of class c.
func many(t *testing.T) string {
	files := map[string][]byte{"c/1.png": asPNG(t, grey(200, 1, 1))}
	for i := range uint8(10) {
		files[fmt.Sprintf("a/%d.png", i)] = asPNG(t, grey(i, 1, 1))
	}
	for i := range uint8(5) {
		files[fmt.Sprintf("b/%d.png", i)] = asPNG(t, grey(100+i, 1, 1))
	}
	return write(t, files)
}

func TestSplitBySeed(t *testing.T) {
	dir := many(t)
	read := func(r Reader) (train, validation []int) {
		a, b, err := r.Read(dir, tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		train, validation = shades(a), shades(b)
		all := slices.Concat(train, validation)
		slices.Sort(all)
		if want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 101, 102, 103, 104, 200}; !slices.Equal(all, want) {
			t.Errorf("%+v: images %v, want each once", r, all)
		}
		return train, validation
	}
	train, validation := read(Reader{Seed: 1})
	if len(validation) != 3 || validation[0] >= 10 || validation[1] < 100 || validation[2] >= 10 {
		t.Errorf("validation images %v, want 2 of class a and 1 of class b, alternating", validation)
	}
	if train[0] >= 10 || train[1] < 100 || train[2] != 200 || train[3] >= 10 || train[4] < 100 || train[5] >= 10 {
		t.Errorf("training images %v, want the classes to alternate", train)
	}
	if again, _ := read(Reader{Seed: 1}); !slices.Equal(again, train) {
		t.Errorf("the same seed gave %v, then %v", train, again)
	}
	if _, other := read(Reader{Seed: 2}); slices.Equal(other, validation) {
		t.Errorf("two seeds gave the validation images %v", other)
	}
	if _, half := read(Reader{Validation: 0.5}); len(half) != 5+3 {
		t.Errorf("half of the images are %v, want 5 of class a and 3 of class b", half)
	}
	if train, _ := read(Reader{Validation: 0.99}); len(train) != 3 {
		t.Errorf("training images %v, want one of each class", train)
	}
}

func TestGreyAndColour(t *testing.T) {
	black := image.NewNRGBA(image.Rect(0, 0, 1, 1)) // transparent
	black.SetNRGBA(0, 0, color.NRGBA{200, 200, 200, 0})
	deep := image.NewGray16(image.Rect(0, 0, 1, 1))
	deep.SetGray16(0, 0, color.Gray16{0x8042})
	palette := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.NRGBA{1, 2, 3, 255}})
	for name, c := range map[string]struct {
		image    image.Image
		channels int
		want     []int
	}{
		"grey":          {grey(77, 1, 1), 0, []int{77}},
		"16 bits":       {deep, 0, []int{0x80}},
		"grey as three": {grey(77, 1, 1), 3, []int{77, 77, 77}},
		"colour":        {colours(51, 1, 1), 0, []int{51, 0, 0}},
		"palette":       {palette, 0, []int{1, 2, 3}},
		"transparent":   {black, 0, []int{0, 0, 0}},
		"red as one":    {colours(100, 1, 1), 1, []int{30}}, // 0.299 · 100
	} {
		content := asPNG(t, c.image)
		dir := write(t, map[string][]byte{"a/1.png": content, "a/2.png": content, "b/1.png": content})
		train, _, err := Reader{Channels: c.channels}.Read(dir, tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, v := range train.X.Float32s()[:len(train.X.Float32s())/2] {
			got = append(got, int(v*255+0.5))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestResize(t *testing.T) {
	halves := image.NewGray(image.Rect(0, 0, 8, 4)) // black on the left, white on the right
	for i := range halves.Pix {
		if i%8 >= 4 {
			halves.Pix[i] = 255
		}
	}
	dir := write(t, map[string][]byte{"a/1.png": asPNG(t, halves), "a/2.png": asPNG(t, grey(60, 100, 3)), "b/1.png": asPNG(t, grey(90, 2, 2))})
	train, validation, err := Reader{Height: 2, Width: 4, Validation: 0.1}.Read(dir, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, ds := range []*data.Dataset{train, validation} {
		for image := range slices.Chunk(ds.X.Float64s(), 8) {
			if slices.Max(image) == slices.Min(image) {
				continue
			}
			found = true
			for row := range slices.Chunk(image, 4) { // the filter reaches over the edge by one new pixel
				if row[0] != 0 || row[3] != 1 || !slices.IsSorted(row) || math.Abs(row[1]+row[2]-1) > 0.01 {
					t.Errorf("a row of black and white became %v", row)
				}
			}
		}
	}
	if !found {
		t.Error("the image of two halves became uniform")
	}
	if got, want := train.X.Shape(), (tensor.Shape{2, 1, 2, 4}); !got.Eq(want) {
		t.Errorf("shape %v, want %v", got, want)
	}
}

func TestReadRejects(t *testing.T) {
	fine := asPNG(t, colours(1, 2, 3))
	small := func(changes map[string][]byte) map[string][]byte {
		files := map[string][]byte{"a/1.png": fine, "a/2.png": fine, "b/1.png": fine}
		for name, content := range changes {
			files[name] = content
		}
		return files
	}
	for name, c := range map[string]struct {
		reader Reader
		files  map[string][]byte
		want   []string
	}{
		"text":            {Reader{}, small(map[string][]byte{"b/2.png": []byte("<html>")}), []string{"broken image", "2.png", "unknown format"}},
		"cut header":      {Reader{}, small(map[string][]byte{"b/2.png": fine[:20]}), []string{"broken image", "2.png"}},
		"cut pixels":      {Reader{}, small(map[string][]byte{"b/2.png": fine[:len(fine)-20]}), []string{"broken image", "2.png"}},
		"empty":           {Reader{}, small(map[string][]byte{"b/2.jpg": {}}), []string{"broken image", "2.jpg"}},
		"another size":    {Reader{}, small(map[string][]byte{"b/2.png": asPNG(t, colours(1, 3, 2))}), []string{"2.png: got 3 x 2 pixels (height x width), want 2 x 3", "set Height and Width"}},
		"another format":  {Reader{}, small(map[string][]byte{"b/2.gif": []byte("GIF89a")}), []string{"2.gif: got .gif, want PNG or JPEG"}},
		"empty class":     {Reader{}, small(map[string][]byte{"d/notes.txt": nil}), []string{"d: got no image"}},
		"one class":       {Reader{}, map[string][]byte{"a/1.png": fine}, []string{"got 1 folders, want at least 2"}},
		"one image each":  {Reader{}, map[string][]byte{"a/1.png": fine, "b/1.png": fine}, []string{"got one image of each class"}},
		"unknown class":   {Reader{}, map[string][]byte{"train/a/1.png": fine, "train/b/1.png": fine, "val/a/1.png": fine, "val/c/1.png": fine}, []string{"val: got c, want those of", "only: a, b"}},
		"val is empty":    {Reader{}, map[string][]byte{"train/a/1.png": fine, "train/b/1.png": fine, "val/notes.txt": fine}, []string{"val: got 0 folders"}},
		"train alone":     {Reader{}, map[string][]byte{"train/a/1.png": fine, "other/b/1.png": fine}, []string{"other: got no image", "needs one named val or test"}},
		"too many values": {Reader{MaxValues: 53}, small(nil), []string{"got 3 of 3 x 2 x 3 values, want at most 53 together"}},
		"height alone":    {Reader{Height: 3}, small(nil), []string{"got Height 3 and Width 0"}},
		"negative":        {Reader{Height: -3, Width: -3}, small(nil), []string{"got Height -3 and Width -3"}},
		"channels":        {Reader{Channels: 2}, small(nil), []string{"Channels: got 2, want 1, 3, or 0"}},
		"share":           {Reader{Validation: 1}, small(nil), []string{"Validation: got 1"}},
		"NaN":             {Reader{Validation: math.NaN()}, small(nil), []string{"Validation: got NaN"}},
	} {
		t.Run(name, func(t *testing.T) {
			train, validation, err := c.reader.Read(write(t, c.files), tensor.Float32)
			wantError(t, err, append(c.want, "imagefolder: ")...)
			if train != nil || validation != nil {
				t.Error("a dataset came with the error")
			}
		})
	}
	_, _, err := Reader{}.Read(filepath.Join(t.TempDir(), "absent"), tensor.Float32)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent folder gives %v, want os.ErrNotExist wrapped", err)
	}
	_, _, err = Reader{}.Read(write(t, small(nil)), tensor.Int)
	wantError(t, err, "got int, want tensor.Float32 or tensor.Float64")
}

func TestMaxValuesIsReached(t *testing.T) {
	fine := asPNG(t, colours(1, 2, 3))
	dir := write(t, map[string][]byte{"a/1.png": fine, "a/2.png": fine, "b/1.png": fine})
	if _, _, err := (Reader{MaxValues: 54}).Read(dir, tensor.Float32); err != nil {
		t.Errorf("54 values of at most 54: %v", err)
	}
}

func TestHolds(t *testing.T) {
	fine := asPNG(t, grey(1, 1, 1))
	for name, c := range map[string]struct {
		files map[string][]byte
		want  bool
	}{
		"classes":    {map[string][]byte{"a/1.png": fine}, true},
		"sets":       {map[string][]byte{"train/a/1.png": fine, "test/a/1.png": fine}, true},
		"empty":      {nil, false},
		"no folders": {map[string][]byte{"1.png": fine}, false},
		"text":       {map[string][]byte{"a/1.txt": fine}, false},
		"train":      {map[string][]byte{"train/a/1.png": fine}, false},
	} {
		if got := Holds(write(t, c.files)); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	if Holds(filepath.Join(t.TempDir(), "absent")) {
		t.Error("an absent folder holds images")
	}
}

// The error is that of the first broken image, whichever goroutine is the first to meet one.
func TestEachReturnsTheFirstError(t *testing.T) {
	for range 50 {
		err := each(100, func(i int) error {
			if i%7 == 5 {
				return errors.Errorf("number %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "number 5" {
			t.Fatalf("got %v, want the error of number 5", err)
		}
	}
	done := make([]bool, 100)
	if err := each(100, func(i int) error { done[i] = true; return nil }); err != nil || slices.Contains(done, false) {
		t.Errorf("done %v, %v; want all", done, err)
	}
}

func TestReadIsTheSameOnAnyNumberOfCores(t *testing.T) {
	dir := many(t)
	read := func() [2]*data.Dataset {
		train, validation, err := Reader{}.Read(dir, tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		return [2]*data.Dataset{train, validation}
	}
	first := read()
	for _, cores := range []int{1, 3, 8} {
		before := runtime.GOMAXPROCS(cores)
		if again := read(); !reflect.DeepEqual(first, again) {
			t.Errorf("%d cores give other images", cores)
		}
		runtime.GOMAXPROCS(before)
	}
}
