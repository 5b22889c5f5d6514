package main

import (
	"fmt"
	"io"
	"strings"
)

// coreTypes are kinds of processors for which Debian's OpenBLAS has kernels. It takes one for a much slower kind if it does not know
// the processor.
var coreTypes = []string{"", "SkylakeX", "Cooperlake", "Sapphirerapids", "Haswell", "Zen"}

// fastestCoreType gives the environment in which PyTorch's matrix products are the fastest, and writes what it found.
func fastestCoreType(log io.Writer, python, script string) (env []string) {
	best := 0.0
	for _, name := range coreTypes {
		tried := coreEnv(name)
		r, err := start("PyTorch", tried, python, script, "products")
		if err != nil {
			continue
		}
		speed := 0.0
		for range 3 {
			v, err := r.ask("product 256 256 256 0 0")
			if err != nil { // of a kind that this processor cannot run
				break
			}
			speed = max(speed, v[0])
		}
		r.stop()
		fmt.Fprintf(log, "OPENBLAS_CORETYPE=%s: %.0f GFLOP/s\n", name, speed)
		if speed > best*1.02 {
			best, env = speed, tried
		}
	}
	return env
}

// coreEnv is the environment for a kind of processor; nil for none.
func coreEnv(name string) []string {
	if name == "" {
		return nil
	}
	return []string{"OPENBLAS_CORETYPE=" + name}
}

// coreType is how a report names the environment.
func (s setup) coreType() string {
	if len(s.torchEnv) == 0 {
		return "OPENBLAS_CORETYPE unset"
	}
	return strings.Join(s.torchEnv, " ")
}
