package main

import (
	"time"

	"github.com/urfave/cli/v3"
)

// runsCommands are those that train networks, and those that read the runs of demo train.
func runsCommands(now func() time.Time) []*cli.Command {
	return []*cli.Command{trainCommand(now), rateCommand(now), runsCommand(), evalCommand(), predictCommand(), replayCommand()}
}
