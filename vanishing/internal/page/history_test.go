package page

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestEpochsAreRoundedCopies(t *testing.T) {
	third := profile.Number(1. / 3)
	history := make([]profile.Epoch, 1000)
	for i := range history {
		history[i] = profile.Epoch{Epoch: i, Step: 10 * i, ValLoss: &third}
	}
	list := epochsOf(history, maxEpochs)
	if len(list) != maxEpochs || list[0].Epoch != 0 || list[len(list)-1].Epoch != 999 {
		t.Errorf("got %d epochs, want %d with the first and the last", len(list), maxEpochs)
	}
	if *list[0].ValLoss != 0.33333 || third != 1./3 || list[0].TrainLoss != nil {
		t.Errorf("got the score %v of %v, want 0.33333 in a copy", *list[0].ValLoss, third)
	}
}
