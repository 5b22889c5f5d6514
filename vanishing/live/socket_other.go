//go:build !unix

package live

import "net"

// boundSocket keeps the system's bounds.
func boundSocket(*net.TCPListener) error { return nil }
