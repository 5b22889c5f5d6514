package foreign

import (
	"fmt"
	"reflect"

	"gorgonia.org/gorgonia"
)

// LintSolver looks for known traps in one of Gorgonia's solvers.
func LintSolver(s gorgonia.Solver) (list []Warning) {
	warn := func(trap, remedy string) {
		list = append(list, Warning{Of: fmt.Sprintf("%T", s), Trap: trap, Remedy: remedy})
	}
	switch s := s.(type) {
	case *gorgonia.AdamW:
		warn("this solver moves no parameter: it computes the new values and drops them",
			"Use gorgonia.NewAdamSolver, or package train with optim.Adam")
	case *gorgonia.Momentum:
		r := fieldReader{of: reflect.ValueOf(s).Elem()}
		if read[bool](&r, "useL1Reg") || read[bool](&r, "useL2Reg") {
			warn("the penalty of WithL1Reg and WithL2Reg is computed from the velocity, not from the parameter",
				"Add the penalty to the loss, or use package train with optim.SGD")
		}
	case *gorgonia.AdaGradSolver:
		warn("this solver ignores all options, the learning rate too",
			"Use gorgonia.NewRMSPropSolver, or package train with optim.Adam")
	}
	return list
}
