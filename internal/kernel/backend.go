package kernel

import (
	"cmp"
	"fmt"
	"os"

	"github.com/gradflow/gradflow/internal/kernel/openblas"
)

// A Backend computes the matrix products. The kernels of this package compute everything else in any case.
type Backend struct {
	Name string // "Go assembly, AVX-512", ...
	Why  string // the reason why it is used
}

// Products tells what computes the matrix products. The environment variable GRADFLOW_BLAS chooses:
//
//	go        the kernels of this package
//	openblas  OpenBLAS, if it is found
//	auto      the kernels of this package on processors they have assembly for, where they are as fast as OpenBLAS, need
//	          nothing installed and give the same bits everywhere; elsewhere OpenBLAS, if it is found. The default.
func Products() Backend { return products }

// Kernels names the kernels of this package on this processor.
func Kernels() string { return kernels() }

var (
	products Backend
	external *openblas.Library // computes the matrix products instead of this package; nil: there is none
)

func init() { products, external = choose(os.Getenv("GRADFLOW_BLAS"), limit(), openblas.Open) }

// choose applies the rule that [Products] states. The limit is the setting that stops this package from using assembly which
// the processor could run; empty if there is none.
func choose(setting, limit string, open func() (*openblas.Library, error)) (Backend, *openblas.Library) {
	ours := Backend{Name: kernels()}
	why := "GRADFLOW_BLAS=" + setting
	switch setting {
	case "go":
		if ours.Why = why; limit != "" {
			ours.Why += ", " + limit
		}
		return ours, nil
	case "openblas":
	case "", "auto":
		if hasAssembly() {
			ours.Why = cmp.Or(limit, "the processor has it") + "; " + cmp.Or(openblas.Missing, "GRADFLOW_BLAS=openblas asks for OpenBLAS")
			return ours, nil
		}
		why = cmp.Or(limit, "there is no assembly for this processor")
	default:
		ours.Why = fmt.Sprintf("GRADFLOW_BLAS has no effect: got %q, want auto, go or openblas", setting)
		return ours, nil
	}
	lib, err := open()
	if err != nil {
		ours.Why = why + ", but " + err.Error()
		return ours, nil
	}
	return Backend{Name: fmt.Sprintf("%s (%s)", lib.Config, lib.Name), Why: why}, lib
}
