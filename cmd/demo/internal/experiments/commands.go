package experiments

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are those that train networks to look into them.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{lesionCommand(now), shatterCommand(now), featuresCommand(now), degradationCommand(now)}
}
