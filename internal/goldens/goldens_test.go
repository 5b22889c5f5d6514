package goldens

import (
	"io/fs"
	"math"
	"strings"
	"testing"
)

func families(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(files, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("embedded files: %v, %v", names, err)
	}
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".json")
	}
	return names
}

func TestCasesAreWellFormed(t *testing.T) {
	for _, family := range families(t) {
		seen := map[string]bool{}
		for _, c := range Load(t, family) {
			if seen[c.Name] || c.Name == "" || c.Op == "" {
				t.Errorf("%s: got name %q and op %q, want both set and the name unique", family, c.Name, c.Op)
			}
			seen[c.Name] = true
			checkNumbers(t, family+"/"+c.Name+"/f64", c.F64)
			checkNumbers(t, family+"/"+c.Name+"/f32", c.F32)
		}
		if len(seen) == 0 {
			t.Errorf("%s: no cases", family)
		}
	}
}

func checkNumbers(t *testing.T, name string, n Numbers) {
	t.Helper()
	checkTensor(t, name+": output", n.Output)
	for _, group := range []map[string]Tensor{n.Inputs, n.Grads, n.Extra} {
		for k, v := range group {
			checkTensor(t, name+": "+k, v)
		}
	}
	if len(n.Grads) > 0 {
		checkTensor(t, name+": upstream", n.Upstream)
		checkSameShape(t, name+": upstream", n.Upstream, n.Output)
	}
	for k, g := range n.Grads {
		checkSameShape(t, name+": gradient of "+k, g, n.Inputs[k])
	}
}

func checkTensor(t *testing.T, name string, x Tensor) {
	t.Helper()
	size := 1
	for _, d := range x.Shape {
		size *= d
	}
	if size != len(x.Data) {
		t.Errorf("%s: shape %v with %d elements", name, x.Shape, len(x.Data))
	}
	for _, v := range x.Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s: holds %v", name, v)
		}
	}
}

func checkSameShape(t *testing.T, name string, got, want Tensor) {
	t.Helper()
	if len(got.Shape) != len(want.Shape) {
		t.Errorf("%s: shape %v, want %v", name, got.Shape, want.Shape)
		return
	}
	for i := range want.Shape {
		if got.Shape[i] != want.Shape[i] {
			t.Errorf("%s: shape %v, want %v", name, got.Shape, want.Shape)
		}
	}
}

// The float32 numbers were computed from float32 inputs.
func TestFloat32DataAreExact(t *testing.T) {
	for _, family := range families(t) {
		for _, c := range Load(t, family) {
			for _, group := range []map[string]Tensor{c.F32.Inputs, {"output": c.F32.Output}, c.F32.Grads, c.F32.Extra} {
				for k, x := range group {
					for i, v := range x.Float32() {
						if float64(v) != x.Data[i] {
							t.Fatalf("%s/%s: %s: %v is not a float32", family, c.Name, k, x.Data[i])
						}
					}
				}
			}
		}
	}
}
