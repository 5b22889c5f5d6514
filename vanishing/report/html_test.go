package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestHTMLOfOddProfiles(t *testing.T) {
	for name, p := range reporttest.Odd() {
		var b bytes.Buffer
		if err := HTML(&b, p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(b.Bytes(), []byte("</html>")) {
			t.Errorf("%s: the page does not end", name)
		}
	}
}

func TestHTMLNeedsValidProfiles(t *testing.T) {
	if err := HTML(&bytes.Buffer{}); err == nil {
		t.Error("a page about nothing is written")
	}
	p := reporttest.Plain("cut", reporttest.Falling(4, 0.1))
	p.Records[0].Layers = p.Records[0].Layers[:2]
	if err := HTML(&bytes.Buffer{}, p); err == nil {
		t.Error("a profile that is not valid is written")
	}
}

func TestHTMLReportsFailedWrites(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if err := HTML(file, reporttest.Plain("a", reporttest.Falling(4, 0.1))); err == nil {
		t.Error("a page is written to a closed file")
	}
}
