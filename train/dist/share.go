package dist

// A Sharer is a Comm whose ranks may run on one machine, where they can see common memory.
type Sharer interface {
	Comm
	// Share gives all ranks the same memory of n bytes, zeros at first, until Close; nil if they do not run on one machine. It begins at a
	// multiple of 64. The call is collective, and so is what the ranks agree on there: a rank waits for others by atomic operations.
	Share(n int) ([]byte, error)
	// Ended is the error with which a rank that waits in common memory has to end: that another rank has ended the work, or has returned. It
	// is nil as long as waiting makes sense.
	Ended() error
}
