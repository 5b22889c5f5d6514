package network

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/exchange/npy"
)

// demo info prints the tensors of a file and what of them hampers gradients.
func TestInfo(t *testing.T) {
	folder := t.TempDir()
	file, empty := filepath.Join(folder, "x.npz"), filepath.Join(folder, "empty")
	weight := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{0, 0, 1, 3}))
	variance := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{0, 4}))
	if err := npy.WriteArchive(file, npy.Named{Name: "fc", Value: weight}, npy.Named{Name: "bn.running_var", Value: variance}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw[bytes.LastIndex(raw, []byte("PK\x01\x02"))+16] ^= 1 // the checksum of the last array, in the directory of the archive
	damaged := filepath.Join(folder, "damaged.npz")
	if err := os.WriteFile(damaged, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{file}, console.ExitOK, []string{"2x2", "1.225", "50.0%", "Tensors: 2, with 6 elements.", "bn.running_var: running variances of 0 or less", "fc: rows along the first axis that are zero"}},
		{[]string{file, file}, console.ExitOK, []string{"x.npz\n"}},
		{[]string{"-lang", "zh", file}, console.ExitOK, []string{"张量：2 个", "滑动方差"}},
		{nil, console.ExitUsage, []string{"missing file"}},
		{[]string{empty}, console.ExitFailure, []string{"empty"}},
		{[]string{empty, file, filepath.Join(folder, "none")}, console.ExitFailure, []string{"demo: " + empty, "x.npz\n", "Tensors: 2", "no such file"}},
		{[]string{damaged}, console.ExitFailure, []string{damaged, "the file is damaged"}},
		{[]string{filepath.Join(folder, "none")}, console.ExitFailure, []string{"no such file"}},
	} {
		status, out, log := app.Call(append([]string{"info"}, c.args...)...)
		for _, want := range c.want {
			if status != c.status || !strings.Contains(out+log, want) {
				t.Errorf("%v: status %d, want %d and %q in\n%s%s", c.args, status, c.status, want, out, log)
			}
		}
	}
}

// The checkpoints of a run are files of weights too.
func TestInfoOfACheckpoint(t *testing.T) {
	healthy, _ := app.Recorded(t)
	list, err := filepath.Glob(filepath.Join(filepath.Dir(healthy), "checkpoints", "*"))
	if err != nil || len(list) == 0 {
		t.Fatalf("checkpoints: got %v, %v, want one or more", list, err)
	}
	status, out, log := app.Call("info", list[0])
	if status != console.ExitOK || !strings.Contains(out, "param:dense1/weight") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
}
