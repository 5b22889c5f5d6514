package gorgonia_test

import (
	"os"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/machine"
)

func init() {
	if os.Getenv("GRADFLOW_SUITE_MACHINE") != "ours" {
		return
	}
	gorgonia.SuiteMachine = func(g *gorgonia.ExprGraph, _ ...gorgonia.VMOpt) gorgonia.VM { return machine.New(g) }
}
