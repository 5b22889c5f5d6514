package foreign_test

import (
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

var (
	floats    = graphtest.Floats
	wantError = graphtest.WantError
)
