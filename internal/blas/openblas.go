//go:build (linux || darwin) && (amd64 || arm64)

package blas

import (
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/pkg/errors"
)

// openBLASNames are the names under which systems install OpenBLAS.
var openBLASNames = []string{
	"libopenblas.so.0", "libopenblas.so", "libopenblas64.so.0",
	"libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib",
}

// An openBLAS is the library as it was found: the addresses of its two matrix products.
type openBLAS struct {
	name         string // of the file
	config       string // as it describes itself
	sgemm, dgemm uintptr
}

// openOpenBLAS looks for the library. It runs on one thread: the splitting over cores is ours, so that it is the same
// for every number of cores.
func openOpenBLAS() (*openBLAS, error) {
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
				return nil, errors.Wrapf(err, "blas: %s is not an OpenBLAS", name)
			}
		}
		purego.SyscallN(setThreads, 1)
		text, _, _ := purego.SyscallN(config)
		lib.config = cString(text)
		return lib, nil
	}
	return nil, errors.Errorf("blas: no OpenBLAS found (looked for %s); Debian has it in the package libopenblas0", strings.Join(openBLASNames[:3], ", "))
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

// A gemmCall holds the arguments of a matrix product, which Fortran takes by address.
type gemmCall[T Float] struct {
	transA, transB byte
	m, n, k        int32
	lda, ldb, ldc  int32
	alpha, beta    T
}

// openBLASGemm is c = alpha·op(a)·op(b) + beta·c for row-major matrices. To Fortran, which stores matrices by columns, each
// looks transposed, so it is asked for cᵀ = op(b)ᵀ·op(a)ᵀ.
func openBLASGemm[T Float](routine uintptr, call *gemmCall[T], transA, transB bool, m, n, k int, alpha T, a *T, lda int, b *T, ldb int, beta T, c *T, ldc int) {
	*call = gemmCall[T]{
		transA: letter(transA), transB: letter(transB), m: int32(m), n: int32(n), k: int32(k),
		lda: int32(lda), ldb: int32(ldb), ldc: int32(ldc), alpha: alpha, beta: beta,
	}
	purego.SyscallN(routine,
		uintptr(unsafe.Pointer(&call.transB)), uintptr(unsafe.Pointer(&call.transA)),
		uintptr(unsafe.Pointer(&call.n)), uintptr(unsafe.Pointer(&call.m)), uintptr(unsafe.Pointer(&call.k)),
		uintptr(unsafe.Pointer(&call.alpha)), uintptr(unsafe.Pointer(b)), uintptr(unsafe.Pointer(&call.ldb)),
		uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&call.lda)),
		uintptr(unsafe.Pointer(&call.beta)), uintptr(unsafe.Pointer(c)), uintptr(unsafe.Pointer(&call.ldc)))
}

func letter(trans bool) byte {
	if trans {
		return 'T'
	}
	return 'N'
}
