package foreign_test

import (
	"strings"

	"github.com/gradflow/gradflow/graph/foreign/internal/suite"
)

// acceptedFailures are tests of Gorgonia's that fail on our machine, and why that is right.
var acceptedFailures = map[string]string{
	"TestUse":                          "wants a convolution to call the BLAS given to gorgonia.Use: the machine has products of its own",
	"Test_tapeMachinePointerWatchFail": "wants an error for two values at one address: the machine shares memory where it may",
	"TestDropoutAll":                   "has the next five",
	"TestDropoutAll/float64-0.0":       "wants Gorgonia's gradient of Dropout, which is wrong: dy/p, and 0 for p = 0, where it should be dy/(1-p)",
	"TestDropoutAll/float64-0.2":       "the same",
	"TestDropoutAll/float32-0.2":       "the same",
	"TestDropoutAll/float64-0.5":       "wants the numbers of a generator of its own: the machine draws others",
	"TestDropoutAll/float32-0.5":       "the same",
}

// roundingFailures are tests that pass or fail by the rounding errors of the kernels: they pass on the portable ones.
var roundingFailures = map[string]string{
	"TestBatchNormAll":                          "has the next seven",
	"TestBatchNormAll/#3_Float32_(3,4)":         "wants the rounding errors of a gradient that is zero",
	"TestBatchNormAll/#4_Float64_(3,4)":         "the same",
	"TestBatchNormAll/#5_Float64_(3,2)":         "the same",
	"TestBatchNormAll/#6_Float32_(3,2)":         "wants what Adam makes of the rounding errors of a gradient that is zero",
	"TestBatchNormAll/#7_Float64_(2,2,2,2)":     "wants a gradient to the last bits, of sums that cancel",
	"TestBatchNormAll/#9_Float64_(2,3,2,2)":     "the same",
	"TestBatchNormAll/#10_Float32_(2,3,2,2)":    "the same",
	"TestBatchNormStacked":                      "has the next one",
	"TestBatchNormStacked/Example_(1d_Float32)": "wants what Adam makes of the rounding errors of a gradient that is zero",
}

// accepted are nodes that differ from TapeMachine's.
type accepted struct {
	test    string   // "" is any
	machine int      // which of the test; 0 is any
	ops     []string // each the beginning of the name of an operation or input; "" is any
	why     string

	rounding bool // by the rounding errors of the kernels, so that they need not differ
}

// zeroGradients are the gradients around a batch normalisation of a batch whose loss does not depend on it.
var zeroGradients = []string{"batchnormdiff", "input x", "input scale", "input fcWeight", "Aᵀ", "Σ", "÷", "Reshape"}

// acceptedDifferences are the differences that are right.
var acceptedDifferences = []accepted{
	{"", 0, []string{"SizeOf="}, "has no value: only broadcasts read it, and the machine takes the sizes from shapes", false},
	{"Example_nonConcurrentTraining", 0, []string{"A × b", "Σ"}, "TapeMachine rounds a sum of 30,000 products after each", false},
	{"TestBatchNormAll", 5, zeroGradients, "gradients are zero, but for rounding errors", true},
	{"TestBatchNormAll", 7, zeroGradients, "gradients are zero, but for rounding errors", true},
	{"TestBatchNormAll", 9, zeroGradients, "gradients are zero, but for rounding errors", true},
	{"TestBatchNormAll", 11, zeroGradients, "gradients are zero, but for rounding errors", true},
	{"TestBatchNormAll", 12, []string{""}, "Adam has moved the weights along rounding errors", true},
	{"TestBatchNormAll", 16, []string{"batchnormdiff"}, "TapeMachine's gradient in evaluation is wrong for images", false},
	{"TestBatchNormStacked", 2, []string{""}, "Adam has moved the weights along rounding errors", true},
	{"TestBatchNormStacked", 4, []string{""}, "Adam has moved the weights along rounding errors", true},
	{"TestBatchNormUnderstanding", 1, []string{"batchnormdiff", "input x", "Σ"}, "gradients are zero, but for rounding errors", true},
	{"TestDropoutAll", 0, []string{"Dropout{"}, "the machine has a generator of its own", false},
	{"TestDropoutAll", 0, []string{"dropoutDiffOp", "input x"}, "TapeMachine's gradient of Dropout is wrong", false},
	{"TestDropout_integration", 0, []string{"Dropout{", "A × b", "cube", "Σ"}, "the machine has a generator of its own", false},
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
