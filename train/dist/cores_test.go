package dist

import "testing"

// The ranks of one process share its cores.
func TestPlace(t *testing.T) {
	for _, ranks := range []int{1, 3} {
		err := Local(ranks, func(c Comm) error {
			got, err := Place(c)
			if want := (Placement{Hosts: 1, Sharing: ranks}); got != want {
				t.Errorf("rank %d: got %+v, want %+v", c.Rank(), got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if got, err := Place(Single{}); err != nil || got != (Placement{1, 1}) {
		t.Errorf("one process: got %+v and error %v", got, err)
	}
}
