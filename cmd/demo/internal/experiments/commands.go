// Package experiments has the commands that repeat experiments of papers, and show what trained networks see and what they lose.
package experiments

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are the commands of this package, in the order of the help. The clock names the folders of their reports.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{lesionCommand(now), shatterCommand(now), featuresCommand(now), degradationCommand(now), memoryCommand(now), scaleCommand(now)}
}
