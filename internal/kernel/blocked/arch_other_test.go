//go:build !amd64

package blocked

import "testing"

func onEach(t *testing.T, f func(t *testing.T)) { t.Run("portable", f) }

func flushes() bool { return false }
