// Package profiles has the commands that judge and report recorded gradients.
package profiles

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are the commands of this package, in the order of the help. The clock names the folders of their reports.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{checkCommand(), reportCommand(now), compareCommand(), liveCommand()}
}
