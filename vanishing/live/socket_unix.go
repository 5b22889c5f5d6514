//go:build unix

package live

import (
	"net"
	"syscall"

	"github.com/pkg/errors"
)

// boundSocket bounds the resources that the system holds for a listener: its backlog of connections, and the buffers of accepted
// ones. By default thousands of connections could be accepted before those of other clients, and each could hold megabytes.
func boundSocket(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return errors.WithStack(err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for option, bytes := range map[int]int{syscall.SO_RCVBUF: readBuffer, syscall.SO_SNDBUF: writeBuffer} {
			if err := syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, bytes); err != nil {
				failed = errors.Wrap(err, "bound the buffers")
			}
		}
		if err := syscall.Listen(int(fd), maxConnections); err != nil {
			failed = errors.Wrap(err, "bound the backlog")
		}
	})
	if err != nil {
		return errors.WithStack(err)
	}
	return failed
}
