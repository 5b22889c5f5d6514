package network

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/exchange/npy"
	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/exchange/weights"
)

// demo convert writes the tensors of a file in the format of another's name.
func TestConvert(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "x.npz"), filepath.Join(folder, "y.safetensors")
	if err := npy.WriteArchive(from, npy.Named{Name: "fc", Value: tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{1, 2}))}); err != nil {
		t.Fatal(err)
	}
	halfEmpty := filepath.Join(folder, "x.safetensors")
	header := `{"full":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]}}`
	if err := os.WriteFile(halfEmpty, append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header+"12345678"...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{from, to}, console.ExitOK, "y.safetensors: 1 tensors\n"},
		{[]string{"-lang", "zh", from, to}, console.ExitOK, "1 个张量"},
		{[]string{halfEmpty, filepath.Join(folder, "z.npz")}, console.ExitOK, "z.npz: 1 tensors\nLeft out, without elements: none\n"},
		{[]string{from}, console.ExitUsage, "got 1 arguments, want two files"},
		{[]string{filepath.Join(folder, "none"), to}, console.ExitFailure, "none"},
		{[]string{from, filepath.Join(folder, "y.txt")}, console.ExitFailure, "want one that ends in .safetensors"},
	} {
		status, out, log := app.Call(append([]string{"convert"}, c.args...)...)
		if status != c.status || !strings.Contains(out+log, c.want) {
			t.Errorf("%v: status %d, want %d and %q in\n%s%s", c.args, status, c.status, c.want, out, log)
		}
	}
	f, err := weights.Read(to)
	if err != nil || len(f.Tensors) != 1 || f.Tensors[0].Name != "fc" || f.Tensors[0].Value.Float32s()[1] != 2 {
		t.Errorf("got %v and %v, want the tensor fc", f.Tensors, err)
	}
}

// A tensor without a name, of an NPY file or saved alone by torch.save, gets that of its file.
func TestConvertNamesTheOnlyTensor(t *testing.T) {
	folder := t.TempDir()
	array, saved := filepath.Join(folder, "bias.npy"), filepath.Join(folder, "weight.pth")
	if err := npy.WriteFile(array, tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{1, 2}))); err != nil {
		t.Fatal(err)
	}
	const storage = "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQ"
	writeTorch(t, saved, "ctorch._utils\n_rebuild_tensor_v2\n("+storage+"K\x00K\x02\x85K\x01\x85\x89}tR.")
	for from, name := range map[string]string{array: "bias", saved: "weight"} {
		for _, ending := range []string{".npz", ".safetensors"} {
			to := filepath.Join(folder, "to"+ending)
			if status, _, log := app.Call("convert", from, to); status != console.ExitOK {
				t.Errorf("%s to %s: status %d: %s", from, ending, status, log)
				continue
			}
			f, err := weights.Read(to)
			if err != nil || len(f.Tensors) != 1 || f.Tensors[0].Name != name {
				t.Errorf("%s to %s: got %v, %v, want a tensor %q", from, ending, f.Tensors, err, name)
			}
		}
	}
}

// writeTorch writes a file as torch.save does, of a pickle and a storage of two numbers.
func writeTorch(t *testing.T, path, pickle string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z := zip.NewWriter(file)
	for _, entry := range []struct{ name, contents string }{{"x/data.pkl", pickle}, {"x/data/0", "\x00\x00\x80\x3f\x00\x00\x00\x40"}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entry.name, Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(entry.contents))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file without tensors replaces none that has some, and no file replaces itself.
func TestConvertKeepsAGoodFile(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	good, document, number, marks := path("good.safetensors"), path("letter.docx"), path("five.pth"), path("marks.pth")
	value := safetensors.Named{Name: "fc", Value: tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{1, 2}))}
	if err := weights.Write(good, nil, value); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	writeTorch(t, number, "K\x05.")
	writeTorch(t, marks, "(((.")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("word/document.xml"); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(document, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{document: "without arrays", number: "got no tensors", marks: "got a mark, want a value", good: "replaces the one to read"} {
		status, out, log := app.Call("convert", from, good)
		if status != console.ExitFailure || out != "" || !strings.Contains(log, want) {
			t.Errorf("%s: status %d, want %d and %q in\n%s%s", from, status, console.ExitFailure, want, out, log)
		}
		if from == good {
			continue
		}
		if status, out, log := app.Call("info", from); status != console.ExitFailure || !strings.Contains(log, want) {
			t.Errorf("info %s: status %d, want %d and %q in\n%s%s", from, status, console.ExitFailure, want, out, log)
		}
	}
	if after, err := os.ReadFile(good); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the good file has changed (%v)", err)
	}
}
