package train_test

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/fpu"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// smallest is the smallest normal number, in a variable so that the compiler does not compute with it.
var smallest = 0x1p-1022

// unreadable is a matrix in memory that may not be read, such as the pages of a mapped file that was truncated.
func unreadable(t *testing.T) *tensor.Dense {
	t.Helper()
	memory, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(memory); err != nil {
			t.Error(err)
		}
	})
	return tensor.New(tensor.WithShape(32, 32), tensor.WithBacking(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(memory))), 1024)))
}

// A reader is a callback that reads what may not be read.
type reader struct {
	train.Base
	read func()
}

func (r reader) BeforeStep(*train.Run) error {
	r.read()
	return nil
}

// Wherever a fault within a kernel becomes an error, the thread computes with subnormal numbers again.
func TestFaultBecomesAnError(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	bad, out := unreadable(t), tensor.New(tensor.WithShape(32, 32), tensor.Of(tensor.Float32))
	g := gorgonia.NewGraph()
	matrix := func(name string, v *tensor.Dense) *gorgonia.Node {
		return gorgonia.NewMatrix(g, gorgonia.Float32, gorgonia.WithShape(32, 32), gorgonia.WithName(name), gorgonia.WithValue(v))
	}
	fine := matrix("fine", out.Clone().(*tensor.Dense))
	sum := gorgonia.Must(op.Add(fine, matrix("bad", bad)))
	read := func() {
		err := sum.Op().(*op.Op).NewCall().Run(out, []gorgonia.Value{bad, bad})
		t.Errorf("read what may not be read, with the error %v", err)
	}
	for name, f := range map[string]func() error{
		"operation": func() error {
			_, err := sum.Op().Do(bad, bad)
			return err
		},
		"machine": func() error { return machine.New(g, sum).RunAll() },
		"tap": func() error {
			m := machine.New(g, fine)
			m.Tap(fine, func(gorgonia.Value) { read() })
			return m.RunAll()
		},
		"callback": func() error {
			labels, err := tensors.Labels(make([]int, 4))
			if err != nil {
				return err
			}
			trainer := &train.Trainer{
				Model: mlp.Model{Input: 3, Output: 2}, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{}, Epochs: 1, BatchSize: 4,
				Callbacks: []train.Callback{reader{read: read}},
			}
			x := tensor.New(tensor.WithShape(4, 3), tensor.Of(tensor.Float32))
			_, err = trainer.Fit(context.Background(), &data.Dataset{X: x, Y: labels}, nil)
			return err
		},
	} {
		if err := f(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if math.Float64bits(smallest/4) == 0 {
			t.Errorf("%s: subnormal numbers count as zeros after a fault in a kernel", name)
		}
		fpu.Restore()
	}
}
