package foreign

import (
	"cmp"
	"log"
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// options are what Gorgonia's options of a machine ask for.
type options struct {
	evalMode, bindDualValues, traceExec, nanWatch, infWatch bool

	learnables  []*gorgonia.Node    // of BindDualValues; none means all
	precompiled *gorgonia.ExprGraph // the part of the graph that was compiled; nil without one
	logger      *log.Logger
	watched     []*gorgonia.Node // whose values are logged; none means all
	valueFormat string
}

// Bits of a TapeMachine's field runFlags.
const (
	nanWatchBit = 2
	infWatchBit = 3
	traceBit    = 6
	bindBit     = 7
)

// readOptions finds out what options ask for. An option is a function that sets fields of a TapeMachine, which Gorgonia does not
// export. So they set those of a machine that never runs, and are read there.
func readOptions(opts []gorgonia.VMOpt) (*options, error) {
	g := gorgonia.NewGraph()
	probe, err := applied(g, opts)
	if err != nil {
		return nil, err
	}
	r := fieldReader{of: reflect.ValueOf(probe).Elem()}
	flags := read[uint16](&r, "runFlags")
	o := &options{
		evalMode: read[bool](&r, "evalMode"), valueFormat: read[string](&r, "valueFmt"), logger: read[*log.Logger](&r, "logger"),
		learnables: read[gorgonia.Nodes](&r, "bindNodesDV"), watched: read[gorgonia.Nodes](&r, "watchNodes"),
		nanWatch: flags>>nanWatchBit&1 == 1, infWatch: flags>>infWatchBit&1 == 1,
		traceExec: flags>>traceBit&1 == 1, bindDualValues: flags>>bindBit&1 == 1,
	}
	if r.length("watchRegs") > 0 || r.length("watchNodeIDs") > 0 {
		return nil, errors.New("foreign: option WithWatchlist: got registers or numbers of nodes, want nodes")
	}
	if r.missing == "" && r.of.FieldByName("Engine").Elem().Type() != reflect.TypeFor[gorgonia.StandardEngine]() {
		return nil, errors.New("foreign: option WithEngine: got an engine, want none (the machine computes with its own kernels)")
	}
	if program := r.field("p"); program.Kind() == reflect.Pointer {
		of := fieldReader{of: program.Elem()}
		if part := read[*gorgonia.ExprGraph](&of, "g"); part != g {
			o.precompiled = part
		}
		r.missing = cmp.Or(r.missing, of.missing)
	}
	if r.missing != "" {
		return nil, errors.Errorf("foreign: options of a machine: want field %s of gorgonia's TapeMachine, as in v0.9.18", r.missing)
	}
	return o, nil
}

// applied draws one operation on an empty graph, makes a TapeMachine of it, and applies the options to it. Those of another kind of
// machine panic.
func applied(g *gorgonia.ExprGraph, opts []gorgonia.VMOpt) (probe gorgonia.VM, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("foreign: an option that a TapeMachine cannot take: %v", r)
		}
	}()
	x := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("x"))
	if _, err := gorgonia.Neg(x); err != nil {
		return nil, err
	}
	tape := gorgonia.NewTapeMachine(g)
	for _, opt := range opts {
		opt(tape)
	}
	return tape, nil
}

// A fieldReader reads fields that are not exported.
type fieldReader struct {
	of      reflect.Value // an addressable struct
	missing string        // the first field that it does not have
}

// field finds a field.
func (r *fieldReader) field(name string) reflect.Value {
	f := r.of.FieldByName(name)
	if !f.IsValid() && r.missing == "" {
		r.missing = name
	}
	return f
}

// read reads a field of a type.
func read[T any](r *fieldReader, name string) (value T) {
	f := r.field(name)
	if !f.IsValid() {
		return value
	}
	if f.Type() != reflect.TypeFor[T]() {
		r.missing = name
		return value
	}
	return *(*T)(f.Addr().UnsafePointer())
}

// length is that of a field that is a slice.
func (r *fieldReader) length(name string) int {
	if f := r.field(name); f.IsValid() && f.Kind() == reflect.Slice {
		return f.Len()
	}
	return 0
}
