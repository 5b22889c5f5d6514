package runs

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are those that train networks, and those that read the runs of demo train.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{trainCommand(now), rateCommand(now), runsCommand(), evalCommand(), predictCommand(), replayCommand()}
}
