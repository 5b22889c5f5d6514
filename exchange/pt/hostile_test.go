package pt

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// archive makes a file of a pickle and a storage of 8 bytes with key 0.
func archive(t testing.TB, pickle string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, entry := range []struct{ name, contents string }{{"x/data.pkl", pickle}, {"x/data/0", "\x00\x00\x80\x3f\x00\x00\x00\x40"}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entry.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(entry.contents)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// opened reads a file in memory.
func opened(raw []byte) (*File, error) { return New(bytes.NewReader(raw), int64(len(raw))) }

// persistent is the pickle of a storage of float32, and rebuilt that of a tensor of it.
func persistent(key string, elements byte) string {
	return fmt.Sprintf("(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x00%sX\x03\x00\x00\x00cpuK%ctQ", key, elements)
}

func rebuilt(offset byte, shape, strides string) string {
	return fmt.Sprintf("ctorch._utils\n_rebuild_tensor_v2\n(%sK%c%s%stR.", persistent("0", 2), offset, shape, strides)
}

func TestHostilePickles(t *testing.T) {
	for name, c := range map[string]struct{ pickle, want string }{
		"calls":             {"cos\nsystem\n(X\x02\x00\x00\x00lstR.", "got os.system, want only tensors"},
		"calls, protocol 4": {"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.", "got posix.system, want only tensors"},
		"sparse":            {"\x80\x02ctorch._utils\n_rebuild_sparse_tensor\nctorch.serialization\n_get_layout\nX\x10\x00\x00\x00torch.sparse_coo\x85R", "got a sparse tensor, want dense ones (in Python, save t.to_dense()"},
		"instance":          {"(ios\nsystem\n.", "opcode 0x69"},
		"new object":        {"cos\nsystem\n)\x81.", "got os.system, want only tensors"},
		"cut":               {"}q", "end of the pickle"},
		"empty":             {"", "end of the pickle"},
		"empty stack":       {".", "empty stack"},
		"long text":         {"X\xff\xff\xff\x7f", "end of the pickle"},
		"longest text":      {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "end of the pickle"},
		"unknown number":    {"h\x07.", "no value under number 7"},
		"no mark":           {"]e.", "no mark"},
		"a list as a key":   {"}]K\x01s.", "a key that is a list"},
		"half a pair":       {"}(K\x01u.", "want pairs"},
		"in itself":         {"]q\x00h\x00a.", "nested more than"},
		"no such storage":   {persistent("9", 1) + ".", `no numbers for storage "9"`},
		"short storage":     {persistent("0", 3) + ".", "got 8 bytes, want 3 elements of 4"},
		"other storage":     {"(X\x07\x00\x00\x00storagecos\nsystem\nK\x00K\x00K\x00tQ.", "got os.system, want one of torch's classes"},
		"beyond the end":    {rebuilt(1, "K\x02\x85", "K\x01\x85"), "elements 1 to 2 of a storage of 2"},
		"negative stride":   {rebuilt(0, "K\x02\x85", "J\xff\xff\xff\xff\x85"), "want some that can be counted"},
		"expanded":          {rebuilt(0, "J\xff\xff\xff\x7f\x85", "K\x00\x85"), "got 2147483647 elements in a storage of 2"},
		"overflow":          {rebuilt(0, "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x02K\x02\x87", "K\x00K\x00K\x00\x87"), "want"},
		"sizes and strides": {rebuilt(0, "K\x01\x85", ")"), "1 sizes and 0 strides"},
	} {
		if _, err := opened(archive(t, c.pickle, zip.Store)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
	if _, err := opened(archive(t, persistent("0", 2)+".", zip.Deflate)); err == nil || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("compressed numbers: got error %v, want one that says so", err)
	}
}

// TestMemoryIsBounded reads a pickle of a list of lists of lists ... with 2^60 numbers, and one that inflates to more than is allowed.
func TestMemoryIsBounded(t *testing.T) {
	doubled := "(K\x01K\x02tq\x00"
	for i := range 60 {
		doubled += fmt.Sprintf("h%ch%c\x86q%c", i, i, i+1)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := opened(archive(t, doubled+".", zip.Deflate)); err == nil || !strings.Contains(err.Error(), "of names") {
		t.Errorf("got error %v, want one about the names", err)
	}
	if _, err := opened(archive(t, strings.Repeat("N", maxPickle+1), zip.Deflate)); err == nil || !strings.Contains(err.Error(), "want at most as many") {
		t.Errorf("got error %v, want one about the size", err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 512<<20 {
		t.Errorf("got %d bytes allocated, want at most 512 MiB", got)
	}
}

// TestCutFiles cuts a file at each byte, and changes each of its bytes.
func TestCutFiles(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "state_dict.pth"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range raw {
		if _, err := opened(raw[:n]); err == nil {
			t.Fatalf("the first %d bytes of %d: got no error", n, len(raw))
		}
		changed := bytes.Clone(raw)
		changed[n] ^= 0x55
		readAll(changed)
	}
}

// readAll reads every tensor of a file that may be broken.
func readAll(raw []byte) {
	f, err := opened(raw)
	if err != nil {
		return
	}
	for _, info := range f.Tensors() {
		_, _ = f.Tensor(info.Name)
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"state_dict.pth", "checkpoint.pt", "module.pt"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { readAll(raw) })
}

func FuzzUnpickle(f *testing.F) {
	f.Add(rebuilt(0, "K\x02\x85", "K\x01\x85"))
	f.Add("}(X\x01\x00\x00\x00aK\x01u.")
	f.Fuzz(func(t *testing.T, pickle string) { readAll(archive(t, pickle, zip.Store)) })
}
