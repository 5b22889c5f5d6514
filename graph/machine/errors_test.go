package machine_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// What can be wrong with an input has an error of its own each, that names the input, what it holds and what it should. A
// value of a wrong type Gorgonia does not bind; see TestFeedErrors and TestRunErrors for those that it does not see.
func TestInputErrors(t *testing.T) {
	vector := func(n int) *tensor.Dense { return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(n)) }
	for name, c := range map[string]struct {
		value func() gorgonia.Value
		want  []string
	}{
		"unbound":    {func() gorgonia.Value { return nil }, []string{"no value", "gorgonia.Let"}},
		"mis-shaped": {func() gorgonia.Value { return vector(6) }, []string{"(2, 3)", "(3, 2)"}},
	} {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 2), gorgonia.WithName("pixels"))
		m := machine.New(g, gorgonia.Must(gorgonia.Tanh(x)))
		if v, _ := c.value().(*tensor.Dense); v != nil {
			// Gorgonia checks what is bound; what happens to the value later it does not see.
			if err := v.Reshape(3, 2); err != nil {
				t.Fatal(err)
			}
			if err := gorgonia.Let(x, v); err != nil {
				t.Fatal(err)
			}
			if err := v.Reshape(2, 3); err != nil {
				t.Fatal(err)
			}
		}
		err := m.RunAll()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, part := range append(c.want, "pixels") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not tell %q: %v", name, part, err)
			}
		}
	}
}
