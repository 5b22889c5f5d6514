package main

import (
	"context"
	"fmt"
	"io"
)

const structureUsage = `demo structure prints what a network is made of, as found in its graph: layers by depth, residual blocks with
theirs, and parameters that no part of the structure uses. Nothing is trained.

  go run ./cmd/demo structure -depth 9
  go run ./cmd/demo structure -activation tanh -norm ln -skip 2 -depth 9

The exit status is 0 after a network was printed, 1 if it could not be drawn, and 2 after a mistake in the command line.

Flags:
`

// structureCommand is demo structure.
func structureCommand(ctx context.Context, args []string, out, log io.Writer) int {
	o := options{single: true, epochs: 1, batch: 2, optimizer: "sgd"} // nothing is trained, but options are checked
	f := newFlags("demo structure", structureUsage, log)
	o.networkFlags(f)
	if err := read(f, args, func() error { return o.validate(f.Args()) }); err != nil {
		return usageStatus(err)
	}
	return status(ctx, printStructure(o, out), log)
}

// printStructure draws the network and prints what is found in it.
func printStructure(o options, out io.Writer) error {
	name, program, err := o.program()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%v", name, program.Structure())
	return err
}
