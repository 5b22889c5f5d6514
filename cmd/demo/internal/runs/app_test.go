package runs

import (
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// app is the command with those of this package.
var app = demotest.App(func(now func() time.Time) *cli.Command {
	return console.Root(Root(now), Commands(now)...)
})
