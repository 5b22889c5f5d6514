package network

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are those that describe files of weights and networks without training.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{infoCommand(), structureCommand(), summaryCommand(), theoryCommand(now), graphCommand()}
}
