//go:build !amd64

package pool

// pause is nothing on processors that need no hint.
func pause() {}
