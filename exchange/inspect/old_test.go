package inspect

import (
	"strings"
	"testing"
)

// A file that torch.save wrote before PyTorch 1.6 is not taken for a safetensors file.
func TestOldFormOfTorchSave(t *testing.T) {
	if err := File("../pt/testdata/old.pt", func(Tensor) error { return nil }); err == nil || !strings.Contains(err.Error(), "load it there and save it again") {
		t.Errorf("got error %v", err)
	}
}
