package diagnose

import (
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// unseenSentence is the sentence for a network with weights that belong to no layer.
func unseenSentence(say lang.Language, p profile.Profile) string {
	const most = 4
	names := p.Unseen
	if len(names) > most {
		names = append(slices.Clone(names[:most]), say.Sprintf("%d more", len(p.Unseen)-most))
	}
	count, list := say.Count(len(p.Unseen), "weight"), strings.Join(names, say.Text(", "))
	if len(p.Unseen) == 1 {
		return say.Sprintf("Not all of the network was seen: %s belongs to no layer, because no known kind of layer uses it (%s). Its gradient was not recorded, so there is no verdict.", count, list)
	}
	return say.Sprintf("Not all of the network was seen: %s belong to no layer, because no known kind of layer uses them (%s). Their gradients were not recorded, so there is no verdict.", count, list)
}
