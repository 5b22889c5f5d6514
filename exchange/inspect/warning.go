package inspect

import "strings"

// A Warning is something in a tensor that hampers gradients.
type Warning struct {
	Kind  WarningKind
	Count int // of the elements, rows or columns
}

// A WarningKind is what a warning is about.
type WarningKind string

// The kinds of warnings.
const (
	HasNaN      WarningKind = "nan"          // elements are NaN: so is every output that they reach
	HasInfinity WarningKind = "infinite"     // elements are infinite
	NoVariance  WarningKind = "variance"     // running variances of a batch normalisation are 0 or less: the channel was constant, and noise in it explodes
	AllZero     WarningKind = "zero"         // all elements of a weight are zero: no gradient passes
	AllEqual    WarningKind = "equal"        // all elements of a weight are equal: all units learn the same
	ZeroRows    WarningKind = "zero_rows"    // rows of a weight, along the first axis, are zero: a dead unit or input each
	ZeroColumns WarningKind = "zero_columns" // columns of a matrix are zero
	TooSmall    WarningKind = "too_small"    // all elements are so small that their squares are lost in float32
)

// smallest is the size below which squares are lost in float32.
const smallest = 1e-19

// warnings are about floats that are parameters or running statistics.
func (s *statistics) warnings() (list []Warning) {
	warn := func(kind WarningKind, n int) {
		if n > 0 {
			list = append(list, Warning{kind, n})
		}
	}
	if !s.isFloat {
		return nil
	}
	warn(HasNaN, s.t.NaNs)
	warn(HasInfinity, s.t.Infinites)
	name, isState := parameterName(s.t.Name)
	if isState {
		return list
	}
	if isVariance(name) {
		warn(NoVariance, s.low)
		return list
	}
	if len(s.t.Shape) < 2 || s.finite == 0 || s.finite < s.t.Elements {
		return list
	}
	switch {
	case s.t.Zeros == s.t.Elements:
		warn(AllZero, s.t.Elements)
		return list
	case s.t.Min == s.t.Max && s.t.Elements > 1:
		warn(AllEqual, s.t.Elements)
	case max(s.t.Max, -s.t.Min) < smallest:
		warn(TooSmall, s.t.Elements)
	}
	rows, columns := s.deadRows, 0
	for _, alive := range s.aliveInner {
		if !alive {
			columns++
		}
	}
	if s.fortran {
		rows, columns = columns, rows
		if len(s.t.Shape) > 2 { // rows of the last axis are no rows of the first
			rows, columns = 0, 0
		}
	}
	warn(ZeroRows, rows)
	warn(ZeroColumns, columns)
	return list
}

// parameterName is the name without the prefix that a checkpoint gives it, and whether the tensor is the state of something else.
func parameterName(name string) (parameter string, isState bool) {
	kind, rest, found := strings.Cut(name, ":")
	switch {
	case !found:
		return name, false
	case kind == "param" || kind == "average":
		return rest, false
	}
	return name, true
}

// isVariance tells by its name whether a tensor holds running variances.
func isVariance(name string) bool {
	switch name[strings.LastIndexAny(name, "./")+1:] {
	case "running_var", "running_variance", "moving_variance":
		return true
	}
	return false
}
