package profiles

import (
	"time"

	"github.com/urfave/cli/v3"
)

// Commands are those that judge and report recorded gradients.
func Commands(now func() time.Time) []*cli.Command {
	return []*cli.Command{checkCommand(), reportCommand(now), compareCommand()}
}
