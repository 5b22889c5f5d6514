package setup

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

// A Page is the live page of a command, at the address of -serve. The zero value is no page.
type Page struct{ address string }

// Flag is -serve of a command that has a page only with this flag. The address may be left out.
func (p *Page) Flag() cli.Flag {
	return console.Section(say.Text("Page"), console.Flag("serve", say.Text("show the run on a page, at a port or an `address` of this machine (default: any free port)"),
		&console.Value{Alone: true, Parse: p.set}))[0]
}

// AddressFlag is -serve of a command that always has a page.
func (p *Page) AddressFlag() cli.Flag {
	p.address = anyPort
	return console.Section(say.Text("Page"), console.Flag("serve", say.Text("port or `address` of this machine for the page (default: any free port)"),
		&console.Value{Parse: func(text string) (err error) {
			p.address, err = localAddress(text)
			return err
		}}))[0]
}

// set parses the text of Flag, which is "true" if there is no address.
func (p *Page) set(text string) (err error) {
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

// Argument accepts an address after "-serve " of Flag. The library takes it for an argument.
func (p *Page) Argument(ctx context.Context, cmd *cli.Command) error {
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

// Start starts the server of the page; nil if there is no page.
func (p *Page) Start(log io.Writer) (*live.Server, error) {
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
