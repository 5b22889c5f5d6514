package npy

import (
	"bytes"
	"io"
	"testing"

	"gorgonia.org/tensor"
)

// damaged is an archive of an array "x" whose checksum in the directory is wrong.
func damaged(t *testing.T, shape tensor.Shape, numbers string) *Archive {
	t.Helper()
	raw := zipped(t, func(w io.Writer) { io.WriteString(w, makeHeader("<f8", shape)+numbers) })
	raw[bytes.LastIndex(raw, []byte("PK\x01\x02"))+16] ^= 1 // where the directory has it
	a, err := Reader{}.NewArchive(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Whoever reads the numbers of a damaged array, or describes one that has none, gets an error. It tells how to mend it.
func TestDamagedArray(t *testing.T) {
	const want = `array "x": got bytes of another checksum, want `
	a := damaged(t, tensor.Shape{2}, string(make([]byte, 16)))
	x, err := a.Tensor("x")
	if wantError(t, err, want); x != nil {
		t.Error("got an array beside the error, want none")
	}
	begun := 0
	err = a.Chunks("x", func(Info) error { begun++; return nil }, func(any) error { return nil })
	if wantError(t, err, want); begun != 1 {
		t.Errorf("got %d calls of begin, want 1", begun)
	}
	wantError(t, err, "(the file is damaged: copy or download it again)")
	_, err = damaged(t, tensor.Shape{0}, "").Info("x")
	wantError(t, err, want)
}

// An array that is described piece by piece ends with its numbers, too.
func TestChunksExpectTheEnd(t *testing.T) {
	raw := zipped(t, func(w io.Writer) { io.WriteString(w, makeHeader("<f8", tensor.Shape{1})+"12345678x") })
	a, err := Reader{}.NewArchive(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, a.Chunks("x", func(Info) error { return nil }, func(any) error { return nil }), "more bytes after the array")
}
