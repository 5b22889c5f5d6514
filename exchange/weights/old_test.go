package weights

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that torch.save wrote before PyTorch 1.6 is not taken for a safetensors file.
func TestOldFormOfTorchSave(t *testing.T) {
	if _, err := Read("../pt/testdata/old.pt"); err == nil || !strings.Contains(err.Error(), "load it there and save it again") {
		t.Errorf("got error %v", err)
	}
	pickle := filepath.Join(t.TempDir(), "old.pt")
	if err := os.WriteFile(pickle, []byte("\x80\x04\x95z\x01\x00\x00\x00\x00\x00\x00}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(pickle); err == nil || !strings.Contains(err.Error(), "got a pickle alone") {
		t.Errorf("a pickle: got error %v", err)
	}
}
