package dist

// A Sharer is a Comm whose ranks may run on one machine, where they can see common memory.
type Sharer interface {
	Comm
	// Share gives all ranks the same memory of n bytes, zeros at first, until Close; nil if they do not run on one machine. It begins at a
	// multiple of 64. The call is collective, and so is what the ranks agree on there: a rank waits for others by atomic operations.
	Share(n int) ([]byte, error)
	// Pause is what a rank that waits in common memory calls again and again, with the number of calls so far: it lets others use the core, the
	// sooner the longer the rank has waited. Its error is that another rank has ended the work, or has returned: waiting for what that rank has
	// not done before makes no sense.
	Pause(calls int) error
}
