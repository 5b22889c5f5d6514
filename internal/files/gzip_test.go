package files

import (
	"bytes"
	"compress/gzip"
	"testing"
)

func TestIsGzip(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte("{}")); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if !IsGzip(b.Bytes()) || IsGzip([]byte("{}")) || IsGzip(b.Bytes()[:1]) {
		t.Errorf("got %v, %v, %v, want true, false, false", IsGzip(b.Bytes()), IsGzip([]byte("{}")), IsGzip(b.Bytes()[:1]))
	}
}
