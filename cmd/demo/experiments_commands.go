package main

import (
	"time"

	"github.com/urfave/cli/v3"
)

// experimentsCommands are those that train networks to look into them.
func experimentsCommands(now func() time.Time) []*cli.Command {
	return []*cli.Command{lesionCommand(now), shatterCommand(now), featuresCommand(now), degradationCommand(now)}
}
