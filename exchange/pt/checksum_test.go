package pt

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// withByte is a file of two numbers of which a byte has changed: the first whose place at tells.
func withByte(t *testing.T, at string, offset int) []byte {
	t.Helper()
	raw := archive(t, rebuilt(0, "K\x02\x85", "K\x01\x85"), zip.Store)
	i := strings.LastIndex(string(raw), at)
	if i < 0 {
		t.Fatalf("got no %q in the file", at)
	}
	raw[i+offset] ^= 1
	return raw
}

// A tensor whose numbers have changed is an error, however it is read.
func TestDamagedNumbers(t *testing.T) {
	f, err := opened(withByte(t, "\x00\x00\x80\x3f", 0))
	if err != nil {
		t.Fatal(err)
	}
	name := f.Tensors()[0].Name
	const want = "x/data/0: got the checksum "
	if _, err := f.Tensor(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(the file is damaged: copy or download it again)") {
		t.Errorf("Tensor: got error %v, want one with %q", err, want)
	}
	for range 2 { // the second finds what the first found
		if err := f.Chunks(name, func(any) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Chunks: got error %v, want one with %q", err, want)
		}
	}
}

// So is a changed pickle.
func TestDamagedPickle(t *testing.T) {
	if _, err := opened(withByte(t, "FloatStorage", 0)); err == nil || !strings.Contains(err.Error(), "x/data.pkl: got bytes of another checksum") {
		t.Errorf("got error %v", err)
	}
}

// A checksum of 0 is none.
func TestNoChecksum(t *testing.T) {
	raw := archive(t, rebuilt(0, "K\x02\x85", "K\x01\x85"), zip.Store)
	at := bytes.LastIndex(raw, []byte("PK\x01\x02")) // of the numbers, in the directory
	copy(raw[at+16:], make([]byte, 4))
	f, err := opened(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor(f.Tensors()[0].Name); err != nil {
		t.Error(err)
	}
}
