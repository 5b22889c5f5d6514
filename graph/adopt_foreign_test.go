package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
)

// listing tells what was found in a graph: a line for each layer, block and parameter.
func listing(p *graph.Program) string {
	var s strings.Builder
	for _, l := range p.Layers {
		units, _ := l.Units()
		fmt.Fprintf(&s, "%d %s: %d units", l.Depth, l.Path, units)
		if l.Norm != structure.NoNorm {
			fmt.Fprintf(&s, ", %v", l.Norm)
		}
		if l.Act != nil {
			fmt.Fprintf(&s, ", %v", l.Activation)
		}
		if l.OnSkip {
			s.WriteString(", beside the path")
		}
		s.WriteString("\n")
	}
	for _, b := range p.Blocks {
		fmt.Fprintf(&s, "%s: layers %d to %d, scale %g\n", b.Path, b.First, b.Last, b.Scale)
	}
	for _, w := range p.Weights {
		fmt.Fprintf(&s, "%s: %v of %s at %d, fan %d %d\n", w.Name, w.Role, w.Layer, w.Depth, w.Fan.In, w.Fan.Out)
	}
	return s.String()
}

// expectFound adopts the graph of a program and compares with a listing.
func expectFound(t *testing.T, f *foreign, want string) *graph.Program {
	t.Helper()
	p, err := graph.Adopt(f.loss, f.weights...)
	if err != nil {
		t.Fatal(err)
	}
	want = strings.TrimLeft(strings.ReplaceAll(want, "\t", ""), "\n")
	if got := listing(p); got != want {
		t.Errorf("found\n%swant\n%s", got, want)
	}
	return p
}

func TestAdoptForeignPrograms(t *testing.T) {
	for name, c := range map[string]struct {
		program func(*testing.T) *foreign
		want    string
	}{
		"mlp": {foreignMLP, `
			1 w1: 32 units, relu
			2 w2: 16 units, tanh
			3 w3: 10 units
			w1: weight of w1 at 1, fan 64 32
			b1: bias of w1 at 1, fan 64 32
			w2: weight of w2 at 2, fan 32 16
			b2: bias of w2 at 2, fan 32 16
			w3: weight of w3 at 3, fan 16 10
			b3: bias of w3 at 3, fan 16 10
		`},
		"convnet": {foreignConvNet, `
			1 filter1: 4 units, relu
			2 filter2: 6 units, relu
			3 w: 4 units
			filter1: weight of filter1 at 1, fan 9 4
			filter2: weight of filter2 at 2, fan 36 6
			w: weight of w at 3, fan 24 4
		`},
		"rnn": {foreignCharRNN, `
			1 wh: 12 units, tanh
			1 wh: 12 units, tanh
			1 wh: 12 units, tanh
			1 wh: 12 units, tanh
			1 wh: 12 units, tanh
			2 wo: 5 units
			2 wo: 5 units
			2 wo: 5 units
			2 wo: 5 units
			2 wo: 5 units
			wx: weight of wh at 1, fan 5 12
			wh: weight of wh at 1, fan 12 12
			b: bias of wh at 1, fan 12 12
			wo: weight of wo at 2, fan 12 5
			bo: bias of wo at 2, fan 12 5
		`},
		"autoencoder": {foreignAutoencoder, `
			1 w0: 12 units, sigmoid
			2 w1: 6 units, sigmoid
			3 w2: 12 units, sigmoid
			4 w3: 20 units, sigmoid
			w0: weight of w0 at 1, fan 20 12
			b0: bias of w0 at 1, fan 20 12
			w1: weight of w1 at 2, fan 12 6
			b1: bias of w1 at 2, fan 12 6
			w2: weight of w2 at 3, fan 6 12
			b2: bias of w2 at 3, fan 6 12
			w3: weight of w3 at 4, fan 12 20
			b3: bias of w3 at 4, fan 12 20
		`},
		"line": {foreignLine, `
			slope: gain of slope at 0, fan 0 0
			offset: bias of offset at 0, fan 0 0
		`},
		"logistic": {foreignLogistic, `
			1 w: 1 units
			w: weight of w at 1, fan 5 1
			b: bias of w at 1, fan 5 1
		`},
		"softmax": {foreignIris, `
			1 w: 3 units
			w: weight of w at 1, fan 4 3
			b: bias of w at 1, fan 4 3
		`},
		"columns": {foreignColumns, `
			1 fc0: 5 units, relu
			2 fc1: 5 units, tanh
			3 fc2: 5 units, sigmoid
			4 fc3: 5 units, softplus
			5 fc4: 5 units, leaky_relu(0.1)
			6 fc5: 5 units, silu
			7 fc6: 5 units, elu(0.5)
			fc0.weight: weight of fc0 at 1, fan 6 5
			fc1.weight: weight of fc1 at 2, fan 5 5
			fc1.bias: bias of fc1 at 2, fan 5 5
			fc2.weight: weight of fc2 at 3, fan 5 5
			fc2.bias: bias of fc2 at 3, fan 5 5
			fc3.weight: weight of fc3 at 4, fan 5 5
			fc3.bias: bias of fc3 at 4, fan 5 5
			fc4.weight: weight of fc4 at 5, fan 5 5
			fc4.bias: bias of fc4 at 5, fan 5 5
			fc5.weight: weight of fc5 at 6, fan 5 5
			fc5.bias: bias of fc5 at 6, fan 5 5
			fc6.weight: weight of fc6 at 7, fan 5 5
			fc6.bias: bias of fc6 at 7, fan 5 5
		`},
		"vectors": {foreignVectors, `
			1 w1: 5 units, tanh
			2 w2: 3 units, tanh
			3 w3: 1 units
			w1: weight of w1 at 1, fan 4 5
			b1: bias of w1 at 1, fan 4 5
			w2: weight of w2 at 2, fan 5 3
			w3: weight of w3 at 3, fan 3 1
		`},
		"batched": {foreignBatched, `
			1 right: 5 units, tanh
			2 left: 6 units, tanh
			3 ours: 7 units
			right: weight of right at 1, fan 4 5
			left: weight of left at 2, fan 3 6
			ours: weight of ours at 3, fan 5 7
		`},
		"normed convnet": {foreignNormedConvNet, `
			1 conv: 3 units, bn, relu
			2 w: 2 units
			conv: weight of conv at 1, fan 9 3
			conv_bias: bias of conv at 1, fan 9 3
			gamma: gain of conv at 1, fan 9 3
			beta: shift of conv at 1, fan 9 3
			w: weight of w at 2, fan 12 2
		`},
		"residual": {foreignResidual, `
			1 onSamples: 4 units
			2 stem: 4 units, tanh
			3 a1: 5 units, relu
			4 a2: 4 units, relu
			5 scaled: 4 units, relu
			6 res/a: 5 units, relu
			7 res/b: 6 units, relu
			7 res/skip: 6 units, beside the path
			8 out: 2 units
			block2: layers 2 to 3, scale 1
			block3: layers 4 to 4, scale 0.5
			res: layers 5 to 6, scale 1
			onSamples: weight of onSamples at 1, fan 4 4
			stem: weight of stem at 2, fan 4 4
			a1: weight of a1 at 3, fan 4 5
			a2: weight of a2 at 4, fan 5 4
			scaled: weight of scaled at 5, fan 4 4
			res/a: weight of res/a at 6, fan 4 5
			res/b: weight of res/b at 7, fan 5 6
			res/skip: weight of res/skip at 7, fan 4 6
			out: weight of out at 8, fan 6 2
		`},
		"attention": {foreignAttention, `
			1 table: 4 units
			2 q: 4 units
			2 k: 4 units
			2 v: 4 units
			3 o: 4 units
			4 head: 2 units
			block1: layers 1 to 4, scale 1
			table: weight of table at 1, fan 0 4
			positions: bias of table at 1, fan 0 4
			q: weight of q at 2, fan 4 4
			k: weight of k at 2, fan 4 4
			v: weight of v at 2, fan 4 4
			o: weight of o at 3, fan 4 4
			head: weight of head at 4, fan 4 2
		`},
		"gated": {foreignGated, `
			1 gate/h: 4 units, sigmoid
			1 gate/h: 4 units, sigmoid
			1 cand/h: 4 units, tanh
			1 cand/h: 4 units, tanh
			gate/x: weight of gate/h at 1, fan 4 4
			gate/h: weight of gate/h at 1, fan 4 4
			cand/x: weight of cand/h at 1, fan 4 4
			cand/h: weight of cand/h at 1, fan 4 4
		`},
		"oddities": {foreignOddities, `
			1 down: 5 units, tanh
			2 parameter3: 6 units, tanh
			3 parameter4: 7 units, tanh
			4 w: 5 units, tanh
			5 w#2: 4 units, tanh
			down: weight of down at 1, fan 4 5
			up: weight of down at 1, fan 4 5
			parameter3: weight of parameter3 at 2, fan 5 6
			parameter4: weight of parameter4 at 3, fan 6 7
			w: weight of w at 4, fan 7 5
			w#2: weight of w#2 at 5, fan 5 4
		`},
		"tied": {foreignTied, `
			1 tied: 3 units, tanh
			2 tied#2: 5 units
			2 other: 2 units, sigmoid
			tied: weight of tied at 1, fan 5 3
			b: bias of tied at 1, fan 5 3
			c: bias of tied#2 at 2, fan 3 5
			other: weight of other at 2, fan 3 2
		`},
		"concatenated": {foreignConcatenated, `
			1 grow0: 2 units, relu
			2 grow1: 2 units, relu
			3 grow2: 2 units, relu
			4 out: 2 units
			4 side: 2 units, tanh
			5 top: 2 units, tanh
			block4: layers 5 to 5, scale 1
			grow0: weight of grow0 at 1, fan 3 2
			grow1: weight of grow1 at 2, fan 5 2
			grow2: weight of grow2 at 3, fan 7 2
			out: weight of out at 4, fan 9 2
			branch: weight of top at 5, fan 2 2
			side: weight of side at 4, fan 9 2
			top: weight of top at 5, fan 2 2
		`},
	} {
		t.Run(name, func(t *testing.T) { expectFound(t, c.program(t), c.want) })
	}
}
