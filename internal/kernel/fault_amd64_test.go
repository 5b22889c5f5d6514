package kernel

import (
	"math"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/gradflow/gradflow/internal/fpu"
	"github.com/gradflow/gradflow/internal/pool"
)

// Subnormal numbers and the smallest normal ones, in variables so that the compiler does not compute with them.
var (
	subnormal32, normal32 float32 = 1e-40, 0x1p-126
	subnormal64, normal64         = 1e-310, 0x1p-1022
)

// computesSubnormals tells whether Go code on this thread computes with subnormal numbers, as operands and as results.
func computesSubnormals() bool {
	operands := subnormal32*0x1p100 != 0 && subnormal64*0x1p100 != 0
	results := math.Float32bits(normal32/4) != 0 && math.Float64bits(normal64/4) != 0
	return operands && results && subnormal32*1 != 0 && subnormal64*1 != 0
}

// recovered gives the value that f panics with, and nil if it does not.
func recovered(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// faulty ends in a fault within a kernel.
func faulty() { elementwise32(fnMul, nil, nil, nil, 16, 0, flushMode) }

func needAssembly(t *testing.T) {
	t.Helper()
	if !useAVX2 {
		t.Skip("SKIPPED: plain Go has no kernels that set a mode")
	}
}

func TestFaultInKernel(t *testing.T) {
	needAssembly(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer fpu.Restore()
	if r := recovered(faulty); r == nil {
		t.Fatal("a kernel that reads from nil has not panicked")
	}
	if computesSubnormals() {
		t.Error("the fault has left the mode as it was: the test tells nothing")
	}
	fpu.Restore()
	if !computesSubnormals() {
		t.Error("subnormal numbers count as zeros after a fault in a kernel")
	}
}

// A meeting is a task for all workers, each on a thread of its own.
type meeting struct {
	arrived atomic.Int32
	n       int32
	do      func(i int)
}

func (m *meeting) Do(i int) {
	m.arrived.Add(1)
	for m.arrived.Load() < m.n {
		runtime.Gosched()
	}
	m.do(i)
}

// Faults in pieces of a task come back as a panic, and leave no worker's thread without subnormal numbers.
func TestFaultInPool(t *testing.T) {
	needAssembly(t)
	n := min(pool.Workers(), 2)
	bad := make([]bool, n)
	// The pieces keep their goroutines on the threads on which they fault. The caller's piece may be any of them.
	r := recovered(func() {
		pool.Run(n, &meeting{n: int32(n), do: func(int) {
			runtime.LockOSThread()
			faulty()
		}})
	})
	if _, isError := r.(runtime.Error); !isError && n > 1 {
		t.Errorf("recovered %v, want the fault", r)
	}
	if n == 1 {
		fpu.Restore() // without workers the panic is the caller's to recover from
	}
	pool.Run(n, &meeting{n: int32(n), do: func(i int) {
		bad[i] = !computesSubnormals()
		runtime.UnlockOSThread()
	}})
	for i, bad := range bad {
		if bad {
			t.Errorf("piece %d computes without subnormal numbers after a fault", i)
		}
	}
}

// A short or nil slice panics before a kernel starts.
func TestShortSlicesPanicBeforeKernels(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	checkShortSlices[float32](t)
	checkShortSlices[float64](t)
}

func checkShortSlices[T Float](t *testing.T) {
	t.Helper()
	const rows, cols = 32, 32
	x := func() []T { return make([]T, rows*cols) }
	v := func() []T { return make([]T, cols) }
	for _, missing := range [][]T{nil, make([]T, 5)} {
		for name, f := range map[string]func(){
			"add a":             func() { Add(nil, x(), missing, x()) },
			"add b":             func() { Add(nil, x(), x(), missing) },
			"tanh":              func() { Tanh(nil, x(), missing) },
			"large":             func() { Tanh(nil, make([]T, 10*piece), missing) },
			"sum rows":          func() { ColumnDGain(nil, v(), x(), v(), v(), missing) },
			"means":             func() { ColumnRStd(nil, v(), x(), missing, 1) },
			"normalize y":       func() { NormalizeColumns(nil, missing, x(), v(), v(), v(), v()) },
			"normalize rstd":    func() { NormalizeColumns(nil, x(), x(), v(), missing, v(), v()) },
			"normalize shift":   func() { NormalizeColumns(nil, x(), x(), v(), v(), v(), missing) },
			"normalize back dy": func() { NormalizeColumnsBackward(nil, x(), x(), v(), v(), v(), missing, v(), v()) },
			"gemm a":            func() { Gemm(nil, false, false, rows, cols, cols, 1, missing, cols, x(), cols, 0, x(), cols) },
			"gemm a transposed": func() { Gemm(nil, true, false, rows, cols, cols, 1, missing, rows, x(), cols, 0, x(), cols) },
			"gemm b":            func() { Gemm(nil, false, false, rows, cols, cols, 1, x(), cols, missing, cols, 0, x(), cols) },
			"gemm b transposed": func() { Gemm(nil, false, true, rows, cols, cols, 1, x(), cols, missing, cols, 0, x(), cols) },
			"gemm c":            func() { Gemm(nil, false, false, rows, cols, cols, 1, x(), cols, x(), cols, 0, missing, cols) },
			"linear x":          func() { Linear(nil, rows, cols, cols, missing, x(), v(), nil, x()) },
			"linear w":          func() { Linear(nil, rows, cols, cols, x(), missing, v(), nil, x()) },
			"linear bias":       func() { Linear(nil, rows, cols, cols, x(), x(), make([]T, 5), nil, x()) },
			"linear z":          func() { Linear(nil, rows, cols, cols, x(), x(), v(), nil, missing) },
			"sgd g":             func() { SGD(x(), missing, nil, SGDStep{}, MeasureNothing, nil) },
			"sgd v":             func() { SGD(x(), x(), missing, SGDStep{Momentum: 0.9}, MeasureNothing, nil) },
			"adam m":            func() { Adam(x(), x(), missing, x(), AdamStep{}, MeasureNothing, nil) },
			"adam v":            func() { Adam(x(), x(), x(), missing, AdamStep{}, MeasureNothing, nil) },
			"rmsprop b":         func() { RMSProp(x(), x(), x(), missing, RMSPropStep{Momentum: 0.9}, MeasureNothing, nil) },
			"direction":         func() { Move(x(), x(), missing, 0.1, 0, MeasureNothing, nil) },
			"merge":             func() { Merge(x(), missing, 1, 1) },
		} {
			r := recovered(f)
			if _, isError := r.(runtime.Error); !isError || !computesSubnormals() {
				t.Errorf("%s with %d elements: recovered %v, want a panic before the kernel starts", name, len(missing), r)
			}
			fpu.Restore()
		}
	}
}
