package files

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

func TestZip(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("x"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	if archive, err := Zip(bytes.NewReader(whole), int64(len(whole))); err != nil || len(archive.File) != 1 {
		t.Errorf("got %v and %v, want one entry", archive, err)
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"truncated":  {whole[:40], "got a truncated ZIP archive: its 40 bytes lack the directory at the end"},
		"no archive": {[]byte("hello"), "not a valid zip file"},
	} {
		if _, err := Zip(bytes.NewReader(c.bytes), int64(len(c.bytes))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}
