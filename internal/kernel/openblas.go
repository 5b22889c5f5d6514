//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package kernel

import (
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/pkg/errors"
)

// whyNoOpenBLAS is empty where the library can be loaded.
const whyNoOpenBLAS = ""

// openBLASNames are the names under which systems install OpenBLAS.
var openBLASNames = []string{
	"libopenblas.so.0", "libopenblas.so",
	"libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib",
}

// An openBLAS is the loaded library, with the addresses of its two matrix products.
type openBLAS struct {
	name         string // of the file
	config       string // as it describes itself
	sgemm, dgemm uintptr
}

// openOpenBLAS loads the library and limits it to one thread. This package splits products over the cores, in the same way for
// any number of cores.
func openOpenBLAS() (*openBLAS, error) {
	oneThread()
	for _, name := range openBLASNames {
		handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			continue
		}
		lib := &openBLAS{name: name}
		var setThreads, config uintptr
		for _, symbol := range []struct {
			name string
			into *uintptr
		}{{"sgemm_", &lib.sgemm}, {"dgemm_", &lib.dgemm}, {"openblas_set_num_threads", &setThreads}, {"openblas_get_config", &config}} {
			if *symbol.into, err = purego.Dlsym(handle, symbol.name); err != nil {
				return nil, errors.Wrapf(err, "kernel: %s is not an OpenBLAS", name)
			}
		}
		purego.SyscallN(setThreads, 1)
		text, _, _ := purego.SyscallN(config)
		if lib.config = cString(text); strings.Contains(lib.config, "USE64BITINT") {
			return nil, errors.Errorf("kernel: %s: got a build with 64-bit integers, want one with 32-bit integers (Debian has it in the package libopenblas0)", name)
		}
		return lib, nil
	}
	return nil, errors.Errorf("kernel: no OpenBLAS found: looked for %s (Debian has it in the package libopenblas0)", strings.Join(openBLASNames[:2], ", "))
}

// oneThread limits the library to one thread by environment variables, which it reads when it is loaded. A build with OpenMP
// follows OMP_NUM_THREADS on each thread that calls it, and ignores openblas_set_num_threads there.
func oneThread() {
	setenv, err := purego.Dlsym(purego.RTLD_DEFAULT, "setenv")
	if err != nil {
		return
	}
	value := []byte("1\x00")
	for _, name := range []string{"OMP_NUM_THREADS\x00", "OPENBLAS_NUM_THREADS\x00"} {
		key := []byte(name)
		purego.SyscallN(setenv, uintptr(unsafe.Pointer(&key[0])), uintptr(unsafe.Pointer(&value[0])), 1)
	}
}

// cString copies a C string.
func cString(address uintptr) string {
	if address == 0 {
		return ""
	}
	start := *(*unsafe.Pointer)(unsafe.Pointer(&address)) // memory of C, which Go does not move
	n := 0
	for *(*byte)(unsafe.Add(start, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(start), n))
}

// A gemmCall holds the arguments of a matrix product, which Fortran takes by address. Calls stay on the heap and
// are reused, so that each product makes only one small allocation, in purego.
type gemmCall[T Float] struct {
	transA, transB byte
	m, n, k        int32
	lda, ldb, ldc  int32
	alpha, beta    T
	a, b, c        *T // keep the matrices reachable, and off the stack, which Go may move
	args           [13]uintptr
}

// run is c = alpha·op(a)·op(b) + beta·c for row-major matrices. Fortran stores matrices by columns and
// sees each transposed, so run computes cᵀ = op(b)ᵀ·op(a)ᵀ.
func (g *gemmCall[T]) run(routine uintptr, transA, transB bool, m, n, k int, alpha T, a *T, lda int, b *T, ldb int, beta T, c *T, ldc int) {
	g.transA, g.transB, g.m, g.n, g.k = letter(transA), letter(transB), int32(m), int32(n), int32(k)
	g.lda, g.ldb, g.ldc, g.alpha, g.beta = int32(lda), int32(ldb), int32(ldc), alpha, beta
	g.a, g.b, g.c = a, b, c
	for i, p := range [13]unsafe.Pointer{
		unsafe.Pointer(&g.transB), unsafe.Pointer(&g.transA), unsafe.Pointer(&g.n), unsafe.Pointer(&g.m), unsafe.Pointer(&g.k),
		unsafe.Pointer(&g.alpha), unsafe.Pointer(b), unsafe.Pointer(&g.ldb), unsafe.Pointer(a), unsafe.Pointer(&g.lda),
		unsafe.Pointer(&g.beta), unsafe.Pointer(c), unsafe.Pointer(&g.ldc),
	} {
		g.args[i] = uintptr(p)
	}
	purego.SyscallN(routine, g.args[:]...)
	g.a, g.b, g.c = nil, nil, nil
}

func letter(trans bool) byte {
	if trans {
		return 'T'
	}
	return 'N'
}
