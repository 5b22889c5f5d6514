//go:build unix

package live

import (
	"net"
	"syscall"

	"github.com/pkg/errors"
)

// boundSocket bounds what the system holds for a listener: connections that are not accepted yet, and the bytes of those that
// are. With its usual bounds later clients would wait until thousands of connections had been accepted, one after the other, and
// a client could leave megabytes in each to be thrown away.
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
