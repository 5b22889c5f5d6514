//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

// Package openblas loads the library OpenBLAS while the program runs, and calls its matrix products.
package openblas

import (
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/pkg/errors"
)

// Missing tells why this build cannot load the library; it is empty where it can.
const Missing = ""

// names are the names under which systems install OpenBLAS.
var names = []string{
	"libopenblas.so.0", "libopenblas.so",
	"libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib",
}

// A Library is the loaded library, with the addresses of its two matrix products.
type Library struct {
	Name         string // of the file
	Config       string // as it describes itself
	sgemm, dgemm uintptr
}

// Open loads the library and limits it to one thread. Package kernel splits products over the cores, in the same way for any
// number of cores.
func Open() (*Library, error) {
	oneThread()
	for _, name := range names {
		handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			continue
		}
		lib := &Library{Name: name}
		var setThreads, config uintptr
		for _, symbol := range []struct {
			name string
			into *uintptr
		}{{"sgemm_", &lib.sgemm}, {"dgemm_", &lib.dgemm}, {"openblas_set_num_threads", &setThreads}, {"openblas_get_config", &config}} {
			if *symbol.into, err = purego.Dlsym(handle, symbol.name); err != nil {
				return nil, errors.Wrapf(err, "openblas: %s is not an OpenBLAS", name)
			}
		}
		purego.SyscallN(setThreads, 1)
		text, _, _ := purego.SyscallN(config)
		if lib.Config = cString(text); strings.Contains(lib.Config, "USE64BITINT") {
			return nil, errors.Errorf("openblas: %s: got a build with 64-bit integers, want one with 32-bit integers (Debian has it in the package libopenblas0)", name)
		}
		return lib, nil
	}
	return nil, errors.Errorf("openblas: no OpenBLAS found: looked for %s (Debian has it in the package libopenblas0)", strings.Join(names[:2], ", "))
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
