package main

import (
	"flag"
	"fmt"
	"io"
)

// newFlags is an empty set of flags whose help begins with a text.
func newFlags(name, usage string, w io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(w)
	f.Usage = func() { fmt.Fprint(w, usage); f.PrintDefaults() }
	return f
}

// read parses a command line and checks what it says. Errors and help have been printed when it returns one.
func read(f *flag.FlagSet, args []string, check func() error) error {
	if err := f.Parse(args); err != nil {
		return err // which the flag set has printed
	}
	err := check()
	if err != nil {
		complain(f.Output(), err)
		fmt.Fprintf(f.Output(), "For all flags: %s -h\n", f.Name())
	}
	return err
}
