package gorgonia

// This file is added to a copy of Gorgonia. There the functions of Gorgonia's that have the same names are renamed, and tapeMachine
// has the field suite.

import (
	"runtime"
	"strings"
)

// SuiteMachine makes the machine that runs in place of a TapeMachine. Without it TapeMachines run themselves.
var SuiteMachine func(g *ExprGraph, opts ...VMOpt) VM

// suiteState is what the suite adds to a TapeMachine.
type suiteState struct {
	vm     VM // runs in its place, or nil
	graph  *ExprGraph
	test   string          // that has made the machine
	number int             // of the machine in the test
	seen   map[int64]Value // TapeMachine: each node's value as it was computed, as later nodes may overwrite the memory
}

// NewTapeMachine makes a machine of either kind.
func NewTapeMachine(g *ExprGraph, opts ...VMOpt) *tapeMachine {
	callers := suiteCallers()
	if madeByUs(callers) {
		return stockNewTapeMachine(g, opts...)
	}
	m := &tapeMachine{}
	if SuiteMachine == nil {
		m = stockNewTapeMachine(g, opts...)
	}
	m.suite = newSuiteState(g, callers)
	if SuiteMachine != nil {
		m.suite.vm = SuiteMachine(g, opts...)
	}
	return m
}

// RunAll runs the machine and records all values.
func (m *tapeMachine) RunAll() error {
	err := m.suiteRunAll()
	m.record(err)
	return err
}

func (m *tapeMachine) suiteRunAll() error {
	if m.suite.vm != nil {
		return m.suite.vm.RunAll()
	}
	m.suite.seen = make(map[int64]Value)
	return m.stockRunAll()
}

func (m *tapeMachine) Reset() {
	if m.suite.vm != nil {
		m.suite.vm.Reset()
		return
	}
	m.stockReset()
}

func (m *tapeMachine) Close() error {
	if m.suite.vm != nil {
		return m.suite.vm.Close()
	}
	return m.stockClose()
}

func (m *tapeMachine) Let(n *Node, be interface{}) error {
	if m.suite.vm != nil {
		return Let(n, be)
	}
	return m.stockLet(n, be)
}

// exec computes a node and notes its value.
func (instr *execOp) exec(m *tapeMachine) error {
	if err := instr.stockExec(m); err != nil {
		return err
	}
	v := m.getValue(instr.writeTo)
	if v == nil || m.suite.seen == nil {
		return nil
	}
	copied, err := CloneValue(v)
	m.suite.seen[instr.id] = copied
	return err
}

// suiteCallers lists the functions that are being called, the innermost first.
func suiteCallers() (names []string) {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		names = append(names, frame.Function)
		if !more {
			return names
		}
	}
}

// madeByUs tells whether the machine that is tested makes this TapeMachine, for a purpose of its own.
func madeByUs(callers []string) bool {
	for _, name := range callers {
		if strings.HasPrefix(name, "github.com/gradflow/") {
			return true
		}
	}
	return false
}
