package kernel

import (
	"os"

	"golang.org/x/sys/cpu"
)

// The instruction sets that the processor has, and those that are used. GRADFLOW_CPU=avx2 or portable restricts the latter, for
// comparisons.
var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL
	useAVX2   = hasAVX2 && !limited("portable")
	useAVX512 = hasAVX512 && useAVX2 && !limited("avx2")
)

// limit is the setting of GRADFLOW_CPU, if it restricts the instruction sets; otherwise empty.
func limit() string {
	if hasAVX2 == useAVX2 && hasAVX512 == useAVX512 {
		return ""
	}
	return "GRADFLOW_CPU=" + os.Getenv("GRADFLOW_CPU")
}

// hasAssembly reports whether this processor runs the vector kernels.
func hasAssembly() bool { return useAVX2 }

// kernels names the kernels in use.
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
