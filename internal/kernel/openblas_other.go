//go:build !noopenblas && !((linux || darwin) && (amd64 || arm64))

package kernel

import "runtime"

const whyNoOpenBLAS = "OpenBLAS cannot be loaded on " + runtime.GOOS + "/" + runtime.GOARCH
