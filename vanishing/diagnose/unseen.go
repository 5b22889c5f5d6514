package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// unseenSentence names the weights that no layer uses.
func unseenSentence(p profile.Profile) string {
	const most = 4
	names := p.Unseen
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(p.Unseen)-most))
	}
	verb, them, their := "belongs", "it", "Its gradient was"
	if len(p.Unseen) > 1 {
		verb, them, their = "belong", "them", "Their gradients were"
	}
	return fmt.Sprintf("Not all of the network was seen: %s %s to no layer, because an unknown operation reads %s (%s). %s not recorded, so there is no verdict.",
		words.Count(len(p.Unseen), "weight"), verb, them, strings.Join(names, ", "), their)
}
