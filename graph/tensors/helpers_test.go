package tensors_test

import "github.com/gradflow/gradflow/graph/internal/graphtest"

var (
	wantError   = graphtest.WantError
	seeded      = graphtest.Seeded
	wantMoments = graphtest.WantMoments
)
