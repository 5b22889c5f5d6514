// Package network has the commands that describe networks and files of weights. They train nothing.
package network

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are the commands of this package, in the order of the help. The clock names the folders of their reports.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{infoCommand(), convertCommand(), structureCommand(), summaryCommand(), theoryCommand(now), graphCommand()}
}
