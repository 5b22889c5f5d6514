package files

import (
	"os"
	"path/filepath"
	"sync"
)

// unfinished are the temporary files that are being written.
var unfinished = struct {
	sync.Mutex
	names map[string]bool
}{names: make(map[string]bool)}

// begin creates a temporary file in a folder, and notes it until end is called.
func begin(folder string) (file *os.File, end func(), err error) {
	unfinished.Lock()
	defer unfinished.Unlock()
	if file, err = createTemporary(folder); err != nil {
		return nil, nil, err
	}
	name := file.Name()
	if path, err := filepath.Abs(name); err == nil { // the process may change its folder
		name = path
	}
	unfinished.names[name] = true
	return file, func() {
		unfinished.Lock()
		defer unfinished.Unlock()
		delete(unfinished.names, name)
	}, nil
}

// Abandon removes the temporary files that are being written. A program calls it right before it ends, if it does not wait for each
// Write: no Write begins or ends any more.
func Abandon() {
	unfinished.Lock() // for ever
	for name := range unfinished.names {
		os.Remove(name) // fails on Windows for open files, which Clean removes later
	}
}
