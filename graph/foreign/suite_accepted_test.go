package foreign_test

import (
	"strings"

	"github.com/gradflow/gradflow/graph/foreign/internal/suite"
)

// acceptedFailures are tests of Gorgonia's that fail on our machine, and why that is right.
var acceptedFailures = map[string]string{
	"TestUse":                          "wants a convolution to call the BLAS given to gorgonia.Use: the machine has products of its own",
	"Test_tapeMachinePointerWatchFail": "wants an error for two values at one address: the machine shares memory where it may",
	"TestDropoutAll":                   "has the next three",
	"TestDropoutAll/float64-0.0":       "wants Gorgonia's gradient of Dropout, which is wrong: dy/p, and 0 for p = 0, where it should be dy/(1-p)",
	"TestDropoutAll/float64-0.2":       "the same",
	"TestDropoutAll/float32-0.2":       "the same",
}

// roundingFailures are tests that pass or fail by the rounding errors of the kernels: they pass on the portable ones.
var roundingFailures = map[string]string{
	"TestBatchNormAll":                  "has the next two",
	"TestBatchNormAll/#4_Float64_(3,4)": "wants the rounding errors of a gradient that is zero",
	"TestBatchNormAll/#6_Float32_(3,2)": "wants what Adam makes of the rounding errors of a gradient that is zero",
}

// accepted are nodes that differ from TapeMachine's.
type accepted struct {
	test    string   // "" is any
	machine int      // which of the test; 0 is any
	ops     []string // each the beginning of the name of an operation or input; "" is any
	why     string

	rounding bool // by the rounding errors of the kernels, so that they need not differ
}

// acceptedDifferences are the differences that are right.
var acceptedDifferences = []accepted{
	{"", 0, []string{"SizeOf="}, "has no value: only broadcasts read it, and the machine takes the sizes from shapes", false},
	{"Example_iop", 0, []string{"I"}, "another operation writes into it: TapeMachine's value is from before, ours from after", false},
	{"Example_nonConcurrentTraining", 0, []string{"A × b", "Σ"}, "TapeMachine rounds a sum of 30,000 products after each", false},
	{"TestBatchNormAll", 7, []string{"batchnormdiff", "input x"}, "the gradient is zero, but for rounding errors", true},
	{"TestBatchNormAll", 12, []string{""}, "Adam has moved the weights along rounding errors", true},
	{"TestDropoutAll", 0, []string{"dropoutDiffOp", "input x"}, "TapeMachine's gradient of Dropout is wrong", false},
	{"TestDropout_integration", 0, []string{"dropoutDiffOp", "⊙", "Aᵀ × b", "a ⊗ b", "input x", "input w"}, "TapeMachine's gradient of Dropout is wrong", false},
	{"TestYolo", 0, []string{"input yolo"}, "the operation reshapes the program's own tensor; the machine gives it its shape back", false},
}

// accepts finds which of the operations accepts a difference.
func (a accepted) accepts(d suite.Difference) (op string, is bool) {
	if d.Op == "" || a.test != "" && a.test != d.Test || a.machine != 0 && a.machine != d.Machine {
		return "", false
	}
	for _, op := range a.ops {
		if strings.HasPrefix(d.Op, op) {
			return op, true
		}
	}
	return "", false
}
