//go:build !amd64

package pool

// pause does nothing on processors that need no hint.
func pause() {}
