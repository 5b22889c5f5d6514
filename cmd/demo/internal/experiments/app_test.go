package experiments

import (
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/runs"
)

// app is the command with those of this package and with demo train, which makes what they read.
var app = demotest.App(func(now func() time.Time) *cli.Command {
	return console.Root(runs.Root(now), append(runs.Commands(now), Commands(now)...)...)
})
