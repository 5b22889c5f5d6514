// Command vector writes the assembly of the vector kernels. Package blas calls it by go generate.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	Package("github.com/gradflow/gradflow/internal/blas")
	ConstraintExpr("amd64")
	for _, a := range archs {
		for _, double := range []bool{false, true} {
			k := kernel{a, double}
			for _, u := range updates {
				k.optimizer(u, false)
				k.optimizer(u, true)
			}
		}
	}
	Generate()
}
