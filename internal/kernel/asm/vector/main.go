// Command vector writes the assembly of the vector kernels. Packages kernel, blocked and recurrent call it by go generate.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
)

func main() {
	dispatch := flag.String("dispatch", "", "`file` for the Go functions that choose a kernel")
	blocked := flag.Bool("blocked", false, "write the kernels of package blocked, not those of package kernel")
	recurrent := flag.Bool("recurrent", false, "write the kernels of package recurrent, not those of package kernel")
	flag.Parse()
	write, writeDispatch := writeKernels, writeDispatch
	switch {
	case *blocked:
		write, writeDispatch = writeBlocked, writeBlockedDispatch
	case *recurrent:
		write, writeDispatch = writeRecurrent, writeRecurrentDispatch
	}
	if *dispatch != "" {
		if err := writeDispatch(*dispatch); err != nil {
			log.Fatal(err)
		}
	}
	ConstraintExpr("amd64")
	write()
	pass.Compile = pass.Concat(pass.Compile, pass.FunctionPass(checkLimits))
	Generate()
}

// writeKernels writes the kernels of package kernel.
func writeKernels() {
	for _, a := range archs {
		for _, double := range []bool{false, true} {
			k := kernel{arch: a, double: double}
			for _, f := range functions {
				k.elementwise(f)
			}
			for _, s := range scans {
				k.scan(s)
			}
			if !double {
				k.fastSquares()
			}
			k.between()
			for _, c := range columnSums {
				k.columns(c)
			}
			for _, c := range columnMaps {
				k.columnwise(c)
			}
			k.writeRows()
			for _, t := range a.tiles() {
				k.micro(t)
			}
			for _, u := range updates {
				for _, l := range levels {
					k.optimizer(u, l)
				}
			}
		}
	}
	pack()
	packTransposed(false)
	packTransposed(true)
}
