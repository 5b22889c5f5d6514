//go:build !noopenblas && !((linux || darwin) && (amd64 || arm64))

package openblas

import "runtime"

// Missing tells why this build cannot load the library.
const Missing = "OpenBLAS cannot be loaded on " + runtime.GOOS + "/" + runtime.GOARCH
