package foreign_test

import (
	"fmt"
	"log"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
)

// Answers to questions of Gorgonia's users. docs/from-gorgonia.md shows lines of the files questions_*_test.go.

// A fit is a linear network for a batch of a size.
type fit struct {
	graph                     *gorgonia.ExprGraph
	x, y, w, prediction, loss *gorgonia.Node
}

// newFit draws prediction = x·w. The node of the weights has the tensor that is given, not a copy.
func newFit(batch int, weights *tensor.Dense) fit {
	g := gorgonia.NewGraph()
	matrix := func(name string, rows, columns int, opts ...gorgonia.NodeConsOpt) *gorgonia.Node {
		opts = append(opts, gorgonia.WithName(name), gorgonia.WithShape(rows, columns))
		return gorgonia.NewMatrix(g, tensor.Float64, opts...)
	}
	f := fit{graph: g, x: matrix("x", batch, 2), y: matrix("y", batch, 1), w: matrix("w", 2, 1, gorgonia.WithValue(weights))}
	f.prediction = gorgonia.Must(gorgonia.Mul(f.x, f.w))
	f.loss = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(f.prediction, f.y))))))
	_, err := gorgonia.Grad(f.loss, f.w)
	check(err)
	return f
}

// train fits y = 2·x1 - 3·x2 on four samples.
func (f fit) train(vm gorgonia.VM) {
	f.trainWith(vm, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.5)))
}

func (f fit) trainWith(vm gorgonia.VM, solver gorgonia.Solver) {
	check(gorgonia.Let(f.x, dense([]float64{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)))
	check(gorgonia.Let(f.y, dense([]float64{0, -3, 2, -1}, 4, 1)))
	for range 200 {
		check(vm.RunAll())
		check(solver.Step([]gorgonia.ValueGrad{f.w}))
		vm.Reset()
	}
}

func dense(values []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// The one line that changes.
func ExampleNewMachine() {
	net := newFit(4, dense([]float64{0, 0}, 2, 1))
	g, w := net.graph, net.w

	vm := foreign.NewMachine(g, gorgonia.BindDualValues(w)) // was: gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(w))
	defer vm.Close()

	net.train(vm)
	fmt.Printf("%.3f\n", w.Value().Data())
	// Output: [2.000 -3.000]
}

// Gorgonia's issue 220: how to do a prediction after training.
func ExampleNewMachine_predictAfterTraining() {
	net := newFit(4, dense([]float64{0, 0}, 2, 1))
	g, x, w, prediction := net.graph, net.x, net.w, net.prediction
	unseen := dense([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 4, 2)

	train := foreign.NewMachine(g, gorgonia.BindDualValues(w))
	predict := foreign.NewMachine(g.SubgraphRoots(prediction), gorgonia.EvalMode())

	net.train(train)

	check(gorgonia.Let(x, unseen))
	check(predict.RunAll())
	fmt.Printf("%.3f\n", prediction.Value().Data())
	// Output: [-4.000 -6.000 -8.000 -10.000]
}

// Gorgonia's issue 345: prediction for one set of values after training with batches.
func ExampleNewMachine_predictOneSample() {
	weights := dense([]float64{0, 0}, 2, 1)
	batch := newFit(4, weights) // x has the shape (4, 2)
	one := newFit(1, weights)   // x has the shape (1, 2), and w is the same tensor

	batch.train(foreign.NewMachine(batch.graph, gorgonia.BindDualValues(batch.w)))

	check(gorgonia.Let(one.x, dense([]float64{10, 1}, 1, 2)))
	check(foreign.NewMachine(one.graph.SubgraphRoots(one.prediction), gorgonia.EvalMode()).RunAll())
	fmt.Printf("%.3f\n", one.prediction.Value().Data())
	// Output: [17.000]
}

// Gorgonia's issue 576: the TapeMachine reuses the memory of a node that the program reads later.
func ExampleNewMachine_valuesOfAllNodes() {
	g := gorgonia.NewGraph()
	a := gorgonia.NodeFromAny(g, dense([]float64{1, 2, 3, 4}, 2, 2), gorgonia.WithName("a"))
	b := gorgonia.NodeFromAny(g, dense([]float64{10, 20, 30, 40}, 2, 2), gorgonia.WithName("b"))

	squared := gorgonia.Must(gorgonia.Square(a))
	result := gorgonia.Must(gorgonia.Add(squared, b))
	check(foreign.NewMachine(g).RunAll())
	fmt.Println(squared.Value().Data(), result.Value().Data())
	// Output: [1 4 9 16] [11 24 39 56]
}

// The answers rely on solvers that leave the tensor of a parameter where it is.
func TestSolversMoveParametersInPlace(t *testing.T) {
	for _, solver := range []gorgonia.Solver{
		gorgonia.NewVanillaSolver(), gorgonia.NewMomentum(), gorgonia.NewAdamSolver(), gorgonia.NewRMSPropSolver(), gorgonia.NewAdaGradSolver(),
	} {
		weights := dense([]float64{1, 2}, 2, 1)
		f := newFit(4, weights)
		f.trainWith(foreign.NewMachine(f.graph), solver)
		if f.w.Value() != gorgonia.Value(weights) {
			t.Errorf("%T binds another value", solver)
		}
		if weights.Data().([]float64)[0] == 1 {
			t.Errorf("%T does not move the parameter", solver)
		}
	}
}
