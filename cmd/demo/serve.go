package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/live"
)

// anyPort is a free port that only this machine reaches.
const anyPort = "127.0.0.1:0"

// A serveFlag is -serve, which may stand alone or have an address.
type serveFlag struct{ address string }

func (s *serveFlag) String() string { return s.address }

// Set takes the address; a flag that stands alone is set to "true".
func (s *serveFlag) Set(text string) error {
	switch text {
	case "true":
		s.address = anyPort
		return nil
	case "false":
		s.address = ""
		return nil
	}
	_, _, err := net.SplitHostPort(text)
	s.address = text
	return err
}

// IsBoolFlag lets the flag stand alone.
func (s *serveFlag) IsBoolFlag() bool { return true }

// joinServe makes "-serve=address" of "-serve" "address", which package flag would take for two things.
func joinServe(args []string) []string {
	var joined []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if (arg == "-serve" || arg == "--serve") && i+1 < len(args) && strings.Contains(args[i+1], ":") && !strings.HasPrefix(args[i+1], "-") {
			i++
			arg += "=" + args[i]
		}
		joined = append(joined, arg)
	}
	return joined
}

// start starts the server of the page; nil if there is to be none.
func (s *serveFlag) start(log io.Writer) (*live.Server, error) {
	if s.address == "" {
		return nil, nil
	}
	server := &live.Server{Address: s.address}
	if err := server.Start(); err != nil {
		return nil, errors.Wrap(err, "-serve")
	}
	fmt.Fprintf(log, "watch it on %s\n", server.URL())
	return server, nil
}

// linger keeps the page until the user has seen enough.
func linger(ctx context.Context, server *live.Server, log io.Writer) {
	fmt.Fprintf(log, "the page stays on %s until you interrupt with Ctrl-C\n", server.URL())
	<-ctx.Done()
}
