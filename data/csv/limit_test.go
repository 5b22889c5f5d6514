package csv

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// endless gives a byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// A record without end is an error that tells where it begins, and memory stays bounded. Any number of short ones are read.
func TestEndlessRecord(t *testing.T) {
	table, err := newTable(io.MultiReader(strings.NewReader("a,b\n1,2\n"), endless('x')), "x.csv", 0)
	if err != nil {
		t.Fatal(err)
	}
	if more, err := table.next(); !more || err != nil {
		t.Fatalf("the first record: got %v and error %v", more, err)
	}
	const want = `x.csv, byte 8: got a record of more than 67108864 bytes`
	if _, err := table.next(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %.200v, want one with %q", err, want)
	}
}

func TestRecordReader(t *testing.T) {
	r := &recordReader{r: endless('x'), left: 3}
	p := make([]byte, 2)
	for i, want := range []int{2, 1, 0} {
		if n, err := r.Read(p); n != want || (err == nil) != (n > 0) {
			t.Errorf("read %d: got %d bytes and error %v, want %d", i, n, err, want)
		}
	}
	if r.begin(); r.left != maxRecord {
		t.Errorf("got %d bytes for the next record, want %d", r.left, maxRecord)
	}
}

// What has no end, or can be read only once, is refused.
func TestDevice(t *testing.T) {
	info, err := os.Stat("/dev/zero")
	if err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Skipf("SKIPPED: no device /dev/zero: %v", err)
	}
	link := filepath.Join(t.TempDir(), "x.csv")
	if err := os.Symlink("/dev/zero", link); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	if _, _, err := Read(link, Options{}); err == nil || !strings.Contains(err.Error(), link+": got a device, want a regular file") {
		t.Errorf("got error %.200v", err)
	}
}
