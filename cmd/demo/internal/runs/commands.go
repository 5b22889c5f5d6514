// Package runs has the commands that train networks, and those that read the runs which demo train keeps.
package runs

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are the commands of this package, in the order of the help. The clock names the folders of their reports.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{trainCommand(now), rateCommand(now), runsCommand(), evalCommand(), predictCommand(), exportCommand(), replayCommand()}
}
