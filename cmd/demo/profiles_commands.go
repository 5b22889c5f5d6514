package main

import (
	"time"

	"github.com/urfave/cli/v3"
)

// profilesCommands are those that judge and report recorded gradients.
func profilesCommands(now func() time.Time) []*cli.Command {
	return []*cli.Command{checkCommand(), reportCommand(now), compareCommand()}
}
