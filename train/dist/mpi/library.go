//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

import (
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/pkg/errors"
)

// names are those under which systems install Open MPI 4 and 5, and others those of MPICH, whose handles are numbers in place of addresses.
var (
	names  = map[string][]string{"linux": {"libmpi.so.40"}, "darwin": {"libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib", "/usr/local/lib/libmpi.40.dylib"}}
	others = map[string][]string{"linux": {"libmpi.so.12", "libmpich.so.12"}, "darwin": {"libmpi.12.dylib"}}
)

// A library is the loaded Open MPI: the addresses of its functions and handles.
type library struct {
	init, finalize, rank, size, allReduce, broadcast, gather, gatherSizes, barrier, abort, onError, errorText, version uintptr

	world, float, double, bytes, int32s, sum, returnErrors uintptr
}

// load loads the library. Its own modules find its symbols by RTLD_GLOBAL.
func load() (*library, error) {
	handle, err := open(names[runtime.GOOS])
	if err != nil {
		if _, is := open(others[runtime.GOOS]); is == nil {
			return nil, errNotHere(errors.New("got MPICH, whose handles differ from those of Open MPI: want Open MPI"))
		}
		return nil, errNotHere(err)
	}
	l := new(library)
	for name, into := range map[string]*uintptr{
		"MPI_Init_thread": &l.init, "MPI_Finalize": &l.finalize, "MPI_Comm_rank": &l.rank, "MPI_Comm_size": &l.size,
		"MPI_Allreduce": &l.allReduce, "MPI_Bcast": &l.broadcast, "MPI_Gatherv": &l.gather, "MPI_Gather": &l.gatherSizes,
		"MPI_Barrier": &l.barrier, "MPI_Abort": &l.abort, "MPI_Comm_set_errhandler": &l.onError, "MPI_Error_string": &l.errorText,
		"MPI_Get_library_version": &l.version, "ompi_mpi_comm_world": &l.world, "ompi_mpi_float": &l.float, "ompi_mpi_double": &l.double,
		"ompi_mpi_byte": &l.bytes, "ompi_mpi_int": &l.int32s, "ompi_mpi_op_sum": &l.sum, "ompi_mpi_errors_return": &l.returnErrors,
	} {
		if *into, err = purego.Dlsym(handle, name); err != nil {
			return nil, errNotHere(errors.Wrap(err, "the library is no Open MPI"))
		}
	}
	return l, nil
}

func open(names []string) (handle uintptr, err error) {
	err = errors.New("there is none for this system")
	for _, name := range names {
		if handle, err = purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_GLOBAL); err == nil {
			return handle, nil
		}
	}
	return 0, err
}

// call calls a function of the library. One that fails gives an error with the library's own text. Pointers among the arguments must be
// converted in the call, so that they stay valid.
//
//go:uintptrescapes
func (l *library) call(function uintptr, args ...uintptr) error {
	code, _, _ := purego.SyscallN(function, args...)
	if int32(code) == 0 {
		return nil
	}
	var text [512]byte // MPI_MAX_ERROR_STRING is 256
	var n int32
	purego.SyscallN(l.errorText, code, uintptr(unsafe.Pointer(&text)), uintptr(unsafe.Pointer(&n)))
	return errors.Errorf("Open MPI: %s", strings.TrimSpace(string(text[:min(max(n, 0), 512)])))
}

// start starts MPI on this thread, which alone may call it from then on, and makes mistakes errors in place of the end of the job.
func (l *library) start() (rank, size int, err error) {
	const funneled = 1 // MPI_THREAD_FUNNELED
	var provided, r, s int32
	if err := l.call(l.init, 0, 0, funneled, uintptr(unsafe.Pointer(&provided))); err != nil {
		return 0, 0, err
	}
	if provided < funneled {
		return 0, 0, errors.Errorf("got thread level %d, want %d or more (an Open MPI built with threads)", provided, funneled)
	}
	if err := l.call(l.onError, l.world, l.returnErrors); err != nil {
		return 0, 0, err
	}
	if err := l.call(l.rank, l.world, uintptr(unsafe.Pointer(&r))); err != nil {
		return 0, 0, err
	}
	err = l.call(l.size, l.world, uintptr(unsafe.Pointer(&s)))
	return int(r), int(s), err
}
