package pool

// Free is a free list of values that work on several cores needs, such as a description of the work and its memory. Work that
// takes them from a list and puts them back allocates nothing in the long run.
type Free[V any] chan *V

// NewFree makes a list.
func NewFree[V any]() Free[V] { return make(chan *V, 16) }

// Get takes a value from the list, as it was put back, or makes one.
func (f Free[V]) Get() *V {
	select {
	case v := <-f:
		return v
	default:
		return new(V)
	}
}

// Put adds a value to the list, unless that is full.
func (f Free[V]) Put(v *V) {
	select {
	case f <- v:
	default:
	}
}
