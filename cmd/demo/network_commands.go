package main

import (
	"time"

	"github.com/urfave/cli/v3"
)

// networkCommands are those that describe files of weights and networks without training.
func networkCommands(now func() time.Time) []*cli.Command {
	return []*cli.Command{infoCommand(), structureCommand(), summaryCommand(), theoryCommand(now), graphCommand()}
}
