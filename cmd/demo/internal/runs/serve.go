package runs

import (
	"cmp"
	"context"
	"io"
	"net"
	"strconv"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing/live"
)

// anyPort is an address with a free port, which only this machine can reach.
const anyPort = "127.0.0.1:0"

// A page holds the address of -serve; empty means no page.
type page struct{ address string }

// flag is -serve, with or without an address.
func (p *page) flag() cli.Flag {
	return console.Section(say.Text("Page"), console.Flag("serve", say.Text("show the run on a page, at a port or an `address` of this machine (default: any free port)"),
		&console.Value{Alone: true, Parse: p.set}))[0]
}

// set parses the text of -serve, which is "true" if there is no address.
func (p *page) set(text string) (err error) {
	switch text {
	case "true":
		p.address = anyPort
	case "false":
		p.address = ""
	default:
		p.address, err = localAddress(text)
	}
	return err
}

// argument accepts an address after "-serve ". The library takes it for an argument.
func (p *page) argument(ctx context.Context, cmd *cli.Command) error {
	args := cmd.Args()
	if p.address != anyPort || args.Len() != 1 || !cmd.IsSet("serve") {
		return console.NoArguments(ctx, cmd)
	}
	if err := cmd.Set("serve", args.First()); err != nil {
		return console.UsageMistake(ctx, cmd, err, true)
	}
	return nil
}

// localAddress parses an address that only this machine can reach; a number is a port.
func localAddress(text string) (string, error) {
	address := text
	if _, err := strconv.ParseUint(text, 10, 16); err == nil {
		address = net.JoinHostPort("127.0.0.1", text)
	}
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", console.Wanted(text, say.Text("a port such as 8080, or an address of this machine such as 127.0.0.1:8080"))
	}
	if !resolved.IP.IsLoopback() {
		port := cmp.Or(resolved.Port, 8080)
		return "", &console.Mistake{
			What: console.Wanted(text, say.Sprintf("an address that other machines cannot reach, such as 127.0.0.1:%d", port)).Error(),
			Hint: say.Sprintf("Use -serve %d here, and run ssh -L %[1]d:127.0.0.1:%[1]d HOST on the other machine, where HOST is this machine.", port),
		}
	}
	return address, nil
}

// start starts the server of the page; nil if there is no page.
func (p *page) start(log io.Writer) (*live.Server, error) {
	if p.address == "" {
		return nil, nil
	}
	server := &live.Server{Address: p.address, Language: say.Language}
	if err := server.Start(); err != nil {
		return nil, errors.Wrap(err, "-serve")
	}
	say.Fprintf(log, "watch it on %s\n", server.URL())
	return server, nil
}

// demo is demo with the page, if there is one. The page stays until a signal.
func (p *page) demo(ctx context.Context, t training, cmd *cli.Command) error {
	server, err := p.start(cmd.ErrWriter)
	if err != nil {
		return err
	}
	t.server = server
	err = demo(ctx, t, cmd.Writer, cmd.ErrWriter)
	if server == nil {
		return err
	}
	if err == nil {
		linger(ctx, server, cmd.ErrWriter)
	}
	return cmp.Or(err, server.Close())
}

// linger keeps the page until a signal.
func linger(ctx context.Context, server *live.Server, log io.Writer) {
	say.Fprintf(log, "the page stays on %s until you interrupt with Ctrl-C\n", server.URL())
	<-ctx.Done()
}
