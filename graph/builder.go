package graph

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
)

// A Mode is the purpose of a graph.
type Mode int

// Train draws dropout and the statistics of the batch; Eval draws neither.
const (
	Train Mode = iota
	Eval
)

// String is "train" or "eval".
func (m Mode) String() string { return enum.Name("mode", m, "train", "eval") }

// A Builder draws one graph. Each is a scope of the drawing, with a path such as "block3/dense1", in which a layer draws itself.
//
// Errors stick, as in a bufio.Writer: [Build] returns the first one, with its path, and nothing is drawn after it.
type Builder struct {
	*drawing
	path   string
	counts map[string]int // children of this scope by kind
}

// A drawing is the state that all scopes of one Build share.
type drawing struct {
	graph    *gorgonia.ExprGraph
	params   *Params
	mode     Mode
	seed     uint64
	err      error
	scopes   map[string]bool // paths already taken
	last     string          // path of the scope opened last
	inputs   []NamedNode     // of the program
	outputs  []NamedNode     // those that layers have named
	bindings []*Binding
	updates  []update
	paths    map[*gorgonia.Node]string
	weights  *gorgonia.Node // of the samples of the loss that is drawn
	removed  []*BlockTrace  // residual blocks that are drawn without their skip
	ranks    op.Ranks       // see Config.Ranks; nil: none

	blocks  []string        // paths of the residual blocks so far
	without map[string]bool // paths of blocks to leave out, and whether they were met; see [Without]

	mup *widthScaling // of the model in a MuP; nil outside

	step *stepDrawing // of the step of a recurrence; nil outside
}

// A Binding ties a parameter to the nodes that stand for it and its gradient in one graph.
type Binding struct {
	*Param
	Layer string         // path of its layer, or of the scope that declared it
	Depth int            // of that layer, counted from 1 at the input; see [LayerTrace]
	Node  *gorgonia.Node // the parameter
	Grad  *gorgonia.Node // dL/dparameter; nil if not trainable or if the graph has no loss
}

// An update says that a parameter takes the value of a node after each run.
type update struct {
	param *Param
	node  *gorgonia.Node
}

// abandon is what Failf throws to leave a drawing; Build catches it.
type abandon struct{}

func newBuilder(params *Params, mode Mode, seed uint64) *Builder {
	return &Builder{
		drawing: &drawing{
			graph: gorgonia.NewGraph(), params: params, mode: mode, seed: seed,
			scopes: map[string]bool{"": true},
			paths:  make(map[*gorgonia.Node]string),
		},
		counts: make(map[string]int),
	}
}

// Graph is the expression graph being drawn.
func (b *Builder) Graph() *gorgonia.ExprGraph { return b.graph }

// Training reports whether the graph is drawn for training.
func (b *Builder) Training() bool { return b.mode == Train }

// Dtype is the element type of the parameters, and so of the whole graph.
func (b *Builder) Dtype() tensor.Dtype { return b.params.dtype }

// Path is the path of the builder's scope, as "block3/dense1"; empty at the top.
func (b *Builder) Path() string { return b.path }

// Rand is a new source of random numbers, seeded by the build's seed and this path.
func (b *Builder) Rand() *rand.Rand { return rand.New(rand.NewPCG(b.seed, hashName(b.path))) }

// Scope opens the next scope of a kind: the first "dense" in a scope is dense1, the second dense2.
func (b *Builder) Scope(kind string) *Builder {
	b.counts[kind]++
	return b.ScopeAs(fmt.Sprintf("%s%d", kind, b.counts[kind]))
}

// ScopeAs opens a scope of a given name, which must be unique within this one.
func (b *Builder) ScopeAs(name string) *Builder {
	path := join(b.path, name)
	if b.scopes[path] {
		b.Failf("the name %q is taken (give each layer a name of its own)", path)
	}
	b.scopes[path], b.last = true, path
	return &Builder{drawing: b.drawing, path: path, counts: make(map[string]int)}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// Failf ends the drawing with an error that names the builder's path. It does not return.
func (b *Builder) Failf(format string, args ...any) *gorgonia.Node {
	return b.fail(errors.Errorf(format, args...))
}

func (b *Builder) fail(err error) *gorgonia.Node {
	if b.err == nil {
		b.err = errors.Wrapf(err, "graph: %s", at(b.path))
	}
	for d := b.drawing; d.step != nil; d = d.step.outer.drawing {
		d.step.outer.err = b.err
	}
	panic(abandon{})
}

// at names a scope in an error.
func at(path string) string {
	if path == "" {
		return "model"
	}
	return "layer " + path
}

// Check takes the results of a function that makes a node. On an error it ends the drawing; otherwise it notes that the node
// belongs to the builder's path, and returns it.
func (b *Builder) Check(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil {
		return b.fail(err)
	}
	if _, known := b.paths[n]; !known {
		b.paths[n] = b.path
	}
	return n
}

// Param declares a parameter of the layer by its own name ("weight"), role, fan and initialiser, and gives its node.
// A parameter of that path and shape that the Params already hold is used as it is.
func (b *Builder) Param(spec Param, shape ...int) *gorgonia.Node {
	if b.step != nil {
		return b.step.param(b, spec, shape)
	}
	spec.Name = join(b.path, spec.Name)
	for _, other := range b.bindings {
		if other.Name == spec.Name {
			return b.Failf("parameter %s is declared twice", spec.Name)
		}
	}
	b.scale(&spec, shape)
	p, err := b.params.declare(spec, shape)
	if err != nil {
		return b.fail(err)
	}
	n := gorgonia.NewTensor(b.graph, b.Dtype(), len(shape), gorgonia.WithShape(shape...),
		gorgonia.WithName(p.Name), gorgonia.WithValue(p.Value))
	b.bindings = append(b.bindings, &Binding{Param: p, Layer: b.path, Node: n})
	return b.Check(n, nil)
}

// Update makes a parameter take the value of a node after each run of the graph, as running statistics do.
func (b *Builder) Update(parameter, value *gorgonia.Node) {
	if b.step != nil {
		b.Failf("Update: got one in the step of a recurrence, want none there (normalise over the features)")
	}
	for _, binding := range b.bindings {
		if binding.Node == parameter {
			b.updates = append(b.updates, update{param: binding.Param, node: value})
			return
		}
	}
	b.Failf("Update: got node %v, want a parameter", parameter)
}
