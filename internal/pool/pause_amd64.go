package pool

// pause tells the processor that the caller spins, which saves power and lets it leave the loop without a stall.
func pause()
