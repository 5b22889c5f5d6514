package onnxfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// external is a file whose tensor w of two floats is elsewhere.
func external(e External) []byte {
	m := &Model{IR: 8, Opsets: map[string]int64{"": 17}, Graph: &Graph{Initializers: []*Tensor{{Name: "w", Type: Float, Shape: []int{2}, External: &e}}}}
	return m.Bytes()
}

// Numbers beside a model are read with it.
func TestOpenWithExternalData(t *testing.T) {
	numbers := []byte{9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 192} // 1 and -2 after four bytes of others
	for name, c := range map[string]struct {
		External
		want string // of the error; empty for none
	}{
		"as one file":      {External{"w.data", 4, 8}, ""},
		"without a length": {External{"w.data", 4, 0}, ""},
		"in a folder":      {External{"deep/w.data", 4, 8}, ""},
		"absent":           {External{"v.data", 4, 8}, `its numbers are in another file, "v.data": got none beside the model`},
		"outside":          {External{"../w.data", 4, 8}, "want one beside the model"},
		"rooted":           {External{"/etc/passwd", 4, 8}, "want one beside the model"},
		"a folder":         {External{"deep", 0, 8}, "want 8 from 0 on"},
		"cut":              {External{"w.data", 8, 8}, "got a file of 12 bytes, want 8 from 8 on"},
		"before it":        {External{"w.data", -4, 8}, "from -4 on"},
		"of another shape": {External{"w.data", 4, 4}, "got 4 bytes from 4 on, want 8 for shape [2] of float32"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.onnx")
		os.Mkdir(filepath.Join(dir, "deep"), 0o755)
		for file, content := range map[string][]byte{"x.onnx": external(c.External), "w.data": numbers, filepath.Join("deep", "w.data"): numbers} {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := Open(path)
		var got []float64
		if err == nil {
			got, err = m.Graph.Initializers[0].Numbers()
		}
		switch {
		case c.want == "" && (err != nil || !slices.Equal(got, []float64{1, -2})):
			t.Errorf("%s: got %v and error %v", name, got, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"w"`)):
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
	if m, err := Read(external(External{"w.data", 4, 8})); err != nil || *m.Graph.Initializers[0].External != (External{"w.data", 4, 8}) {
		t.Errorf("read without a folder: got %+v and error %v", m, err)
	}
}
