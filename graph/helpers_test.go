package graph_test

import "github.com/gradflow/gradflow/graph/internal/graphtest"

var (
	build     = graphtest.Build
	run       = graphtest.Run
	randn     = graphtest.Randn
	classes   = graphtest.Classes
	wantError = graphtest.WantError
	seeded    = graphtest.Seeded
	scalar    = graphtest.Scalar
	floats    = graphtest.Floats
)
