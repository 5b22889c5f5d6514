package safetensors

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

func numbers(values ...float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

func TestSharded(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.safetensors.index.json")
	written := []Named{{"a", numbers(1, 2)}, {"b", numbers(3)}, {"large", numbers(4, 5, 6, 7)}, {"c", numbers(8)}}
	if err := WriteSharded(path, 12, written...); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, "model-0000*-of-00003.safetensors"))
	if len(found) != 3 {
		t.Errorf("got files %v, want 3", found)
	}
	s, err := OpenSharded(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := strings.Join(s.Names(), " "); got != "a b c large" || s.Metadata["total_size"] != 32. {
		t.Errorf("got names %s and metadata %v", got, s.Metadata)
	}
	for _, w := range written {
		got, err := s.Tensor(w.Name)
		if err != nil || !reflect.DeepEqual(got.Data(), w.Value.Data()) {
			t.Errorf("%s: got %v and error %v, want %v", w.Name, got, err, w.Value)
		}
	}
	if _, err := s.Tensor("d"); err == nil || !strings.Contains(err.Error(), `no tensor "d"`) {
		t.Errorf("got error %v, want one that names d", err)
	}
	if err := os.Remove(found[1]); err != nil {
		t.Fatal(err)
	}
	again, err := OpenSharded(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Tensor("large"); err == nil || !strings.Contains(err.Error(), "00002-of-00003") {
		t.Errorf("got error %v, want one that names the absent file", err)
	}
}

func TestShardedMistakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors.index.json")
	for contents, want := range map[string]string{
		`{"weight_map": {"a": "../../etc/passwd"}}`: "want one beside the index",
		`{"weight_map": {"a": "/etc/passwd"}}`:      "want one beside the index",
		`{"weight_map": {}}`:                        "no weight_map",
		`[]`:                                        "want an index",
		``:                                          "want an index",
	} {
		if err := os.WriteFile(path, []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSharded(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", contents, err, want)
		}
	}
	for _, err := range []error{
		WriteSharded("x.json", 1), WriteSharded(path, 0), WriteSharded(path, 1, Named{"a", nil}),
		WriteSharded(path, 1, Named{"a", numbers(1)}, Named{"a", numbers(1)}),
	} {
		if err == nil {
			t.Error("got no error")
		}
	}
}

// Hugging Face keeps models in several files of torch.save too, with an index of the same form.
func TestShardedFilesOfTorch(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pytorch_model.bin.index.json")
	for name, contents := range map[string]string{path: `{"weight_map": {"a": "one.bin"}}`, filepath.Join(folder, "one.bin"): "PK\x03\x04 and so on"} {
		if err := os.WriteFile(name, []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenSharded(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Tensor("a"); err == nil || !strings.Contains(err.Error(), "got a ZIP archive, as torch.save writes") {
		t.Errorf("got error %v, want one that names torch.save", err)
	}
}
