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

// Nor is a pickle, of any protocol. A safetensors file may begin as one.
func TestPickles(t *testing.T) {
	for _, start := range []string{"\x80\x04\x95z\x01\x00\x00\x00\x00\x00\x00}", "\x80\x02}q\x00(X\x08\x00\x00\x00", "(dp0\nV0.weight", "}q\x00U\x010"} {
		err := Read(strings.NewReader(start), int64(len(start)), func(Tensor) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "got a pickle alone") || !strings.Contains(err.Error(), "torch.save({name") {
			t.Errorf("%q: got error %v", start, err)
		}
	}
	header := `{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`
	header += strings.Repeat(" ", 0x480-len(header))
	file := "\x80\x04\x00\x00\x00\x00\x00\x00" + header + "\x07"
	seen := 0
	if err := Read(strings.NewReader(file), int64(len(file)), func(Tensor) error { seen++; return nil }); err != nil || seen != 1 {
		t.Errorf("safetensors: got %d tensors and error %v", seen, err)
	}
}
