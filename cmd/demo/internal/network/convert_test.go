package network

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/exchange/npy"
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
