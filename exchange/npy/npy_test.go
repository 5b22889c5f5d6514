package npy

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// numpyFile is a file that NumPy 1.24 wrote, by its name in testdata/numpy.json.
func numpyFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/numpy.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	content, err := base64.StdEncoding.DecodeString(all[name])
	if err != nil || len(content) == 0 {
		t.Fatalf("%q: %v", name, err)
	}
	return content
}

func TestFilesOfNumPy(t *testing.T) {
	counting := make([]float64, 24)
	for i := range counting {
		counting[i] = float64(i)
	}
	for name, want := range map[string]struct {
		shape tensor.Shape
		data  any
	}{
		"float64":               {tensor.Shape{2, 3}, []float64{0, 1.5, 3, 4.5, 6, 7.5}},
		"float32 of big endian": {tensor.Shape{2, 3}, []float32{0, 1.5, 3, 4.5, 6, 7.5}},
		"float16":               {tensor.Shape{5}, []float32{0.5, -2, 65504, 0x1p-24, float32(math.Inf(1))}},
		"Fortran":               {tensor.Shape{2, 3}, []float64{0, 1, 2, 3, 4, 5}},
		"Fortran of 3 axes":     {tensor.Shape{2, 3, 4}, counting},
		"int8":                  {tensor.Shape{2}, []int{-128, 127}},
		"uint16 of big endian":  {tensor.Shape{2}, []int{1, 65535}},
		"int64":                 {tensor.Shape{2, 1}, []int{-5, 7}},
		"uint8":                 {tensor.Shape{2}, []int{0, 255}},
		"bool":                  {tensor.Shape{3}, []bool{true, false, true}},
		"scalar":                {tensor.Shape{}, 2.5},
		"complex":               {tensor.Shape{2}, []complex64{0, 0}},
		"v2":                    {tensor.Shape{3}, []float32{0, 0, 0}},
	} {
		got, err := Read(bytes.NewReader(numpyFile(t, name)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(got.Shape(), want.shape) || !reflect.DeepEqual(got.Data(), want.data) {
			t.Errorf("%s: got %v of shape %v, want %v of shape %v", name, got.Data(), got.Shape(), want.data, want.shape)
		}
	}
}

// NumPy itself would write these bytes.
func TestWriteAsNumPyDoes(t *testing.T) {
	for _, name := range []string{"float64", "int64", "bool", "scalar"} {
		want := numpyFile(t, name)
		v, err := Read(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := Write(&got, v); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got %q, want %q", name, got.Bytes(), want)
		}
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	transposed := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{0, 1, 2, 3, 4, 5}))
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, transposed); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{0, 3, 1, 4, 2, 5}; !reflect.DeepEqual(got.Data(), want) || !got.Shape().Eq(tensor.Shape{3, 2}) {
		t.Errorf("transposed: got %v of shape %v, want %v", got.Data(), got.Shape(), want)
	}
	wantError(t, WriteFile(path, tensor.New(tensor.WithShape(1), tensor.WithBacking([]string{"a"}))), "type: got string")
	wantError(t, WriteFile(path, nil), "nil tensor")
}

// Arrays of all types of numbers are read as they were written, small integers as int.
func TestTypes(t *testing.T) {
	for _, c := range []struct{ data, want any }{
		{[]uint16{1, 65535}, []int{1, 65535}}, {[]uint32{1, math.MaxInt32}, []int{1, math.MaxInt32}}, {[]uint64{1, math.MaxInt}, []int{1, math.MaxInt}},
		{[]int8{1, -128}, []int{1, -128}}, {[]int16{1, -300}, []int{1, -300}},
		{[]complex64{1 - 2i, 0.5i}, []complex64{1 - 2i, 0.5i}}, {[]complex128{0.1 - 2i, 3}, []complex128{0.1 - 2i, 3}},
	} {
		var b bytes.Buffer
		if err := Write(&b, tensor.New(tensor.WithShape(2), tensor.WithBacking(c.data))); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(&b); err != nil || !reflect.DeepEqual(got.Data(), c.want) {
			t.Errorf("got %v and error %v, want %v", got, err, c.want)
		}
	}
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "npy: ") || !strings.Contains(err.Error(), part) {
		t.Errorf("got error %v, want one of npy with %q", err, part)
	}
}

func TestArchives(t *testing.T) {
	content := numpyFile(t, "npz")
	a, err := Reader{}.NewArchive(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Names(); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("names: got %v, want x and y", got)
	}
	x, err := a.Tensor("x")
	if err != nil {
		t.Fatal(err)
	}
	y, err := a.Tensor("y")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.npz")
	if err := WriteArchive(path, Named{"y", y}, Named{"x", x}); err != nil {
		t.Fatal(err)
	}
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	again, err := b.Tensor("x")
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{0, 1, 2, 3, 4, 5}; !reflect.DeepEqual(x.Data(), want) || !reflect.DeepEqual(again.Data(), want) {
		t.Errorf("x: got %v, and %v when written and read, want %v", x.Data(), again.Data(), want)
	}
	_, err = b.Tensor("z")
	wantError(t, err, `got no array "z" in the archive, want one of ["y" "x"]`)
	wantError(t, WriteArchive(path, Named{"x", x}, Named{"x", x}), `the name "x" twice`)
	_, err = Open("nowhere.npz")
	wantError(t, err, "nowhere.npz")
	_, err = Open("testdata/numpy.json")
	wantError(t, err, "want a ZIP archive")
}

// zipped is an archive of one file.
func zipped(t *testing.T, content func(w io.Writer)) []byte {
	t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	f, err := z.Create("x.npy")
	if err != nil {
		t.Fatal(err)
	}
	content(f)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// An archive that unpacks to far more than its size is refused before it is unpacked, and one that lies about the size is cut.
func TestBombs(t *testing.T) {
	const size = 64 << 20
	bomb := zipped(t, func(w io.Writer) {
		io.WriteString(w, makeHeader("<f8", tensor.Shape{size / 8}))
		w.Write(make([]byte, size))
	})
	_, err := Reader{}.NewArchive(bytes.NewReader(bomb), int64(len(bomb)))
	wantError(t, err, "unpacks to more than")
	a, err := Reader{MaxBytes: 2 * size}.NewArchive(bytes.NewReader(bomb), int64(len(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := a.Tensor("x"); err != nil || x.Shape().TotalSize() != size/8 {
		t.Errorf("with a larger bound: got error %v", err)
	}

	header, refused := makeHeader("<f8", tensor.Shape{1 << 20, 1 << 20}), "bytes of numbers, want at most"
	if strconv.IntSize == 32 {
		refused = "an array that this platform can hold"
	}
	small := zipped(t, func(w io.Writer) { io.WriteString(w, header) })
	if a, err = (Reader{}).NewArchive(bytes.NewReader(small), int64(len(small))); err != nil {
		t.Fatal(err)
	}
	_, err = a.Tensor("x")
	wantError(t, err, refused)
	_, err = Read(strings.NewReader(header))
	wantError(t, err, refused)
	if strconv.IntSize == 32 {
		return
	}
	_, err = Reader{MaxBytes: math.MaxInt64}.Read(strings.NewReader(header)) // allocates little before the file ends
	wantError(t, err, "the file ends after 0 of the 8796093022208 bytes")
}

func TestMalformedFiles(t *testing.T) {
	good := string(numpyFile(t, "float64"))
	change := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	for name, test := range map[string]struct{ content, want string }{
		"empty":          {"", "byte 0"},
		"another format": {"PK\x03\x04........", "byte 0"},
		"version":        {change("NUMPY\x01", "NUMPY\x09"), "byte 6: got version 9"},
		"no version":     {good[:7], "byte 7: the file ends before the version"},
		"no length":      {good[:9], "byte 8"},
		"cut header":     {good[:50], "byte 10: the file ends within the header"},
		"cut numbers":    {good[:len(good)-1], "byte 175: the file ends after 47 of the 48 bytes"},
		"long header":    {"\x93NUMPY\x02\x00\xff\xff\xff\x7f", "byte 8: got a header of 2147483647 bytes"},
		"long double":    {change("<f8", "f16"), `type: got "f16"`},
		"structures":     {string(numpyFile(t, "struct")), "want a quoted text"},
		"unknown key":    {change("'descr'", "'color'"), "want one of the keys"},
		"twice":          {change("'fortran_order': False", "'descr': '<f8'       "), `the key "descr" twice`},
		"key is missing": {change("'fortran_order': False, ", "                        "), "want the keys"},
		"no dictionary":  {change("{", "["), "want {"},
		"negative size":  {change("(2, 3)", "(-2,3)"), "want a whole number"},
		"no element":     {change("(2, 3)", "(0, 3)"), "without elements, want at least one"},
		"huge":           {change("'shape': (2, 3), }", "'shape':(9999999,9999999,9999999),}"), "that can be counted"},
		"no boolean":     {change("False", "Maybe"), "want False"},
		"more after it":  {change("}", "}1"), "after the dictionary"},
	} {
		_, err := Read(strings.NewReader(test.content))
		if err == nil || !strings.HasPrefix(err.Error(), "npy: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, test.want)
		}
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, []byte(good+"x"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path)
	wantError(t, err, "more bytes after the array")
	large := makeHeader("<u8", tensor.Shape{1}) + "\xff\xff\xff\xff\xff\xff\xff\xff"
	_, err = Read(strings.NewReader(large))
	wantError(t, err, "an integer that int cannot hold")
}

// Any bytes give an array no larger than they, or an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"float64", "Fortran of 3 axes", "float16", "scalar", "v2", "struct"} {
		f.Add(numpyFile(f, name))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		v, err := Read(bytes.NewReader(content))
		if err != nil {
			return
		}
		if n := v.Shape().TotalSize(); n > len(content) {
			t.Errorf("got %d elements of %d bytes", n, len(content))
		}
		var written bytes.Buffer
		if err := Write(&written, v); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&written); err != nil {
			t.Fatalf("written, but not read: %v", err)
		}
	})
}

// Any bytes give arrays of at most 100 times their size and a MiB, or an error.
func FuzzArchive(f *testing.F) {
	f.Add(numpyFile(f, "npz"))
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := Reader{}.NewArchive(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		elements := 0
		for _, name := range a.Names() {
			v, err := a.Tensor(name)
			if err != nil {
				continue
			}
			elements += v.Shape().TotalSize()
		}
		if elements > 1<<20+100*len(content) {
			t.Errorf("got %d elements of %d bytes", elements, len(content))
		}
	})
}
