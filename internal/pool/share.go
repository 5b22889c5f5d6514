package pool

import "sync/atomic"

var sharers atomic.Int64 // 0 if nobody has called Share

// Share divides the cores between n goroutines that call [Run] at the same time, each for work of its own, until leave is called: [Workers] is
// then the share of each.
func Share(n int) (leave func()) {
	sharers.Add(int64(n))
	return func() { sharers.Add(-int64(n)) }
}
