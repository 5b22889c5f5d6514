package blas

import (
	"os"

	"golang.org/x/sys/cpu"
)

// What the processor can do. GRADFLOW_CPU=avx2 or portable makes it do less, to compare.
var (
	useAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && useAVX2 && !limited("avx2")
	useAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA && !limited("portable")
)

// hasAssembly tells whether this processor runs the vector kernels.
func hasAssembly() bool { return useAVX2 }

// kernels names them.
func kernels() string {
	switch {
	case useAVX512:
		return "Go assembly, AVX-512"
	case useAVX2:
		return "Go assembly, AVX2"
	}
	return "plain Go"
}

func limited(setting string) bool { return os.Getenv("GRADFLOW_CPU") == setting }
