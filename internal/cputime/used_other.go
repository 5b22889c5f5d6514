//go:build !unix && !windows

package cputime

import "time"

// Used returns 0: this system does not measure processor time.
func Used() time.Duration { return 0 }
