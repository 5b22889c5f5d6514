package weights

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/npy"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// written writes bytes to a file, and gives its path.
func written(t *testing.T, name string, contents []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// halfEmptyNPZ is an archive with an array of shape (2) and one of shape (0, 3).
func halfEmptyNPZ(t *testing.T) []byte {
	t.Helper()
	var full, file bytes.Buffer
	if err := npy.Write(&full, tensor.New(tensor.WithBacking([]float32{1, 2}))); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&file)
	for name, array := range map[string][]byte{"full": full.Bytes(), "none": bytes.Replace(full.Bytes()[:full.Len()-8], []byte("(2,), }  "), []byte("(0, 3), }"), 1)} {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(array); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// halfEmptySafetensors is a file with the same two tensors.
func halfEmptySafetensors() []byte {
	header := `{"full":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]}}`
	return append(append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...), make([]byte, 8)...)
}

// Tensors without elements are named, and not read, whatever the format.
func TestTensorsWithoutElements(t *testing.T) {
	shard := written(t, "shard.safetensors", halfEmptySafetensors())
	index := filepath.Join(filepath.Dir(shard), "model.safetensors.index.json")
	if err := os.WriteFile(index, []byte(`{"weight_map":{"full":"shard.safetensors","none":"shard.safetensors"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{written(t, "x.npz", halfEmptyNPZ(t)), shard, index} {
		f, err := Read(path)
		if err != nil || len(f.Tensors) != 1 || f.Tensors[0].Name != "full" || !slices.Equal(f.Empty, []string{"none"}) {
			t.Errorf("%s: got %+v and %v, want the tensor full and the name none", filepath.Base(path), f, err)
		}
	}
}

// Of a truncated archive it is not known whether it was PyTorch's or NumPy's.
func TestTruncatedArchive(t *testing.T) {
	whole, err := os.ReadFile("../pt/testdata/state_dict.pth")
	if err != nil {
		t.Fatal(err)
	}
	half := len(whole) / 2
	want := fmt.Sprintf("want a whole ZIP archive of torch.save or NPZ: got a truncated ZIP archive: its %d bytes", half)
	if _, err := Read(written(t, "x.pt", whole[:half])); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

// A gzipped file is called so.
func TestGzippedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors.gz")
	if err := os.WriteFile(path, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "got a gzipped file, want it unpacked") {
		t.Errorf("got error %v", err)
	}
}

// A file that is damaged in a way that its format does not show is refused: an array with bytes after it, and a checkpoint with a flipped bit.
func TestDamagedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	value := tensor.New(tensor.WithBacking([]float32{1, 2}))
	var array bytes.Buffer
	if err := npy.Write(&array, value); err != nil {
		t.Fatal(err)
	}
	if err := (&checkpoint.Checkpoint{Params: map[string]*tensor.Dense{"w": value}}).Write(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	for want, contents := range map[string][2][]byte{
		"more bytes after the array": {array.Bytes(), append(bytes.Clone(array.Bytes()), 0)},
		"checkpoint is damaged":      {whole, flipped},
	} {
		if _, err := Read(written(t, "good", contents[0])); err != nil {
			t.Error(err)
		}
		if _, err := Read(written(t, "bad", contents[1])); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}
