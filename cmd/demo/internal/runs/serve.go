package runs

import (
	"cmp"
	"context"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/vanishing/live"
)

// served is demo with a page, if there is one. The page stays until a signal.
func (t training) served(ctx context.Context, cmd *cli.Command, page setup.Page) error {
	server, err := page.Start(cmd.ErrWriter)
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
