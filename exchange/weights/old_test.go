package weights

import (
	"strings"
	"testing"
)

// A file that torch.save wrote before PyTorch 1.6 is not taken for a safetensors file.
func TestOldFormOfTorchSave(t *testing.T) {
	if _, err := Read("../pt/testdata/old.pt"); err == nil || !strings.Contains(err.Error(), "load it there and save it again") {
		t.Errorf("got error %v", err)
	}
}
