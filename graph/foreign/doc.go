// Package foreign is for programs that were written for Gorgonia alone.
//
// [NewMachine] runs them: it takes the place of gorgonia.NewTapeMachine, with the same options. Gorgonia's own tests run on it, and
// the value of every node is compared with TapeMachine's.
//
// [Lint] lists the places in which Gorgonia 0.9.18 computes something else than it seems to, what to do about each, and
// whether a [machine.Machine] computes the right value all the same: it replaces stock operations by those that
// [op.Replacement] gives.
package foreign
