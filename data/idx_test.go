package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"gorgonia.org/tensor"
)

func ExampleReadIDX() {
	file := strings.NewReader("\x00\x00\x08\x02" + "\x00\x00\x00\x02" + "\x00\x00\x00\x03" + "\x01\x02\x03\x04\x05\x06")
	shape, values, err := ReadIDX(file)
	fmt.Println(shape, values, err)

	_, _, err = ReadIDX(strings.NewReader("\x00\x00\x08\x01" + "\x00\x00\x00\x05" + "\x01\x02"))
	fmt.Println(err)
	// Output:
	// [2 3] [1 2 3 4 5 6] <nil>
	// data: IDX byte 10: the file ends after 2 of the 5 values its header announces, [5]
}

func ExampleWriteIDX() {
	var file bytes.Buffer
	err := WriteIDX(&file, []int{2, 1}, []uint8{7, 9})
	fmt.Printf("%x %v\n", file.Bytes(), err)
	// Output:
	// 0000080200000002000000010709 <nil>
}

// compress is the gzip file of plain.
func compress(t testing.TB, plain []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

const validIDX = "\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03\x01\x02\x03\x04\x05\x06"

func TestReadIDXPlainAndGzip(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"plain":        strings.NewReader(validIDX),
		"gzip":         bytes.NewReader(compress(t, []byte(validIDX))),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(compress(t, []byte(validIDX)))),
	} {
		shape, values, err := ReadIDX(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(shape, []int{2, 3}) || !bytes.Equal(values, []byte{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s: read %v of shape %v; want 1 to 6 of shape [2 3]", name, values, shape)
		}
	}
}

// malformedIDX holds files and what their error must say.
var malformedIDX = map[string]struct{ file, want string }{
	"empty":               {"", "byte 0: "},
	"one byte":            {"\x00", "byte 1: "},
	"magic":               {"PK\x03\x04", "byte 0: got magic number 504b0304"},
	"type code":           {"\x00\x00\x0d\x01\x00\x00\x00\x01\x00\x00\x00\x00", "byte 2: got type code 0x0d, want 0x08"},
	"no dimension":        {"\x00\x00\x08\x00", "byte 3: got 0 dimensions"},
	"truncated header":    {"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00", "byte 10: reading 2 dimensions"},
	"dimension of 0":      {"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x00", "byte 8: dimension 1"},
	"dimensions overflow": {"\x00\x00\x08\x02\x80\x00\x00\x00\x80\x00\x00\x00", "byte 4: dimension 0"},
	"product overflows":   {"\x00\x00\x08\x03\x00\x01\x00\x00\x00\x00\x40\x01\x00\x01\x00\x00", "byte 8: dimension 1"},
	"truncated values":    {validIDX[:17], "byte 17: the file ends after 5 of the 6 values"},
	"trailing byte":       {validIDX + "\x00", "byte 18: more bytes follow"},
	"gzip header only":    {"\x1f\x8b", "gzip header"},
}

func TestReadIDXMalformed(t *testing.T) {
	for name, test := range malformedIDX {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadIDX(strings.NewReader(test.file))
			wantError(t, err, "data: IDX byte", test.want)
		})
	}
}

func TestReadIDXMalformedGzip(t *testing.T) {
	packed := compress(t, []byte(validIDX))
	wrongSum := bytes.Clone(packed)
	wrongSum[len(wrongSum)-5] ^= 1 // the last four bytes are the size, the four before them the checksum
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"truncated":         {packed[:len(packed)-12], "IDX byte"},
		"checksum":          {wrongSum, "byte 18: gzip: invalid checksum"},
		"garbage after it":  {append(bytes.Clone(packed), "garbage"...), "byte 18: "},
		"file after it":     {append(bytes.Clone(packed), packed...), "byte 18: more bytes follow"},
		"magic":             {compress(t, []byte("text")), "byte 0: got magic number"},
		"truncated values":  {compress(t, []byte(validIDX[:14])), "byte 14: the file ends after 2 of the 6 values"},
		"nothing inside it": {compress(t, nil), "byte 0: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadIDX(bytes.NewReader(test.file))
			wantError(t, err, test.want)
		})
	}
}

func TestReadIDXReportsReaderError(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, kept := range []int{0, 2, 6, 14, len(validIDX)} {
		r := io.MultiReader(strings.NewReader(validIDX[:kept]), iotest.ErrReader(broken))
		if _, _, err := ReadIDX(r); !errors.Is(err, broken) {
			t.Errorf("a read error after %d bytes gives %v; want it wrapped", kept, err)
		}
	}
}

// A header may claim up to 1 GiB. Nothing near it may be allocated before that much data has come.
func TestReadIDXAllocatesOnlyForData(t *testing.T) {
	file := "\x00\x00\x08\x01\x40\x00\x00\x00" + "\x01\x02\x03"
	got := allocatedBy(func() {
		_, _, err := ReadIDX(strings.NewReader(file))
		wantError(t, err, "byte 11: the file ends after 3 of the 1073741824 values")
	})
	if got > 1<<16 { // the reader's 4 KiB buffer and small change
		t.Errorf("a file of 11 bytes made the reader allocate %d bytes; want at most 64 KiB", got)
	}
}

// A kilobyte of gzip may unpack to a megabyte: what the header does not announce is not read.
func TestReadIDXStopsAtItsHeader(t *testing.T) {
	bomb := compress(t, append([]byte(validIDX), make([]byte, 64<<20)...))
	if len(bomb) > 1<<17 {
		t.Fatalf("%d bytes are no bomb", len(bomb))
	}
	file := bytes.NewReader(bomb)
	allocated := allocatedBy(func() {
		_, _, err := ReadIDX(file)
		wantError(t, err, "byte 18: more bytes follow")
	})
	if read := len(bomb) - file.Len(); allocated > 1<<17 || read > 8192 {
		t.Errorf("%d bytes were allocated and %d of %d read; want at most 128 KiB and 8 KiB", allocated, read, len(bomb))
	}
}

func TestIDXReaderLimit(t *testing.T) {
	for max, want := range map[int]string{
		0: "", 6: "", 7: "", math.MaxInt: "", -1: "at most -1",
		5: "byte 8: dimension 1: got shape [2 3], want each at least 1 and their product at most 5 (IDXReader.MaxValues reads larger files)",
	} {
		_, values, err := IDXReader{MaxValues: max}.Read(strings.NewReader(validIDX))
		if want != "" {
			wantError(t, err, "data: IDX byte", want)
		} else if err != nil || len(values) != 6 {
			t.Errorf("at most %d: %d values, %v", max, len(values), err)
		}
	}
	// A limit may be raised beyond the default, and the header is then believed only as far as data comes.
	large := "\x00\x00\x08\x02\x20\x00\x00\x00\x00\x00\x00\x03" + "\x01\x02\x03"
	allocated := allocatedBy(func() {
		_, _, err := IDXReader{MaxValues: math.MaxInt}.Read(strings.NewReader(large))
		wantError(t, err, "byte 15: the file ends after 3 of the 1610612736 values")
	})
	if allocated > 1<<16 {
		t.Errorf("%d bytes were allocated, want at most 64 KiB", allocated)
	}
	_, _, err := ReadIDX(strings.NewReader(large))
	wantError(t, err, "byte 8: dimension 1", "at most 1073741824")
}

// allocatedBy is the number of bytes that a function allocates in all.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestWriteIDXRejects(t *testing.T) {
	for _, test := range []struct {
		shape []int
		want  string
	}{
		{nil, "0 dimensions"},
		{[]int{2, -1}, "dimension 1"},
		{[]int{1 << 30, 2}, "dimension 1"},
		{[]int{2, 2}, "shape [2 2]: got 3, want 4"},
	} {
		var file bytes.Buffer
		wantError(t, WriteIDX(&file, test.shape, make([]uint8, 3)), test.want)
		if file.Len() > 0 {
			t.Errorf("shape %v was refused but %d bytes were written", test.shape, file.Len())
		}
	}
}

// FuzzReadIDX checks that what is read without an error is consistent, and that writing it gives the same file.
func FuzzReadIDX(f *testing.F) {
	f.Add([]byte(validIDX))
	f.Add(compress(f, []byte(validIDX)))
	f.Add(compress(f, []byte(validIDX))[:20])
	for _, malformed := range malformedIDX {
		f.Add([]byte(malformed.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		shape, values, err := ReadIDX(bytes.NewReader(file))
		if err != nil {
			if shape != nil || values != nil {
				t.Fatalf("shape %v and %d values came with the error %v", shape, len(values), err)
			}
			return
		}
		if most := 1032 * len(file); len(values) > most || file[0] == 0 && len(values) >= len(file) { // deflate's best is 1032:1
			t.Fatalf("%d values of a file of %d bytes", len(values), len(file))
		}
		var again bytes.Buffer
		if err := WriteIDX(&again, shape, values); err != nil {
			t.Fatalf("shape %v with %d values was read but cannot be written: %v", shape, len(values), err)
		}
		if file[0] == 0 && !bytes.Equal(again.Bytes(), file) {
			t.Fatalf("file %x was written as %x", file, again.Bytes())
		}
	})
}

// A small file that unpacks to far more than its size is refused, unless the caller sets a bound of its own.
func TestIDXBombs(t *testing.T) {
	const n = 8 << 20
	dir := t.TempDir()
	var images bytes.Buffer
	if err := WriteIDX(&images, []int{n, 1, 1}, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"train-images-idx3-ubyte.gz": compress(t, images.Bytes()), "train-labels-idx1-ubyte": []byte(validIDX),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := ReadIDXDir(dir, nil, tensor.Float32)
	wantError(t, err, "train-images-idx3-ubyte.gz", "their product at most", "IDXReader.MaxValues reads larger files")
	_, _, err = IDXReader{MaxValues: n}.ReadDir(dir, nil, tensor.Float32)
	wantError(t, err, "train-labels") // the images were read
}
