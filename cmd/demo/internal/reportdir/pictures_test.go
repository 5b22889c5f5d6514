package reportdir

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

func TestPicturesOfDifferentNetworksHaveDifferentNames(t *testing.T) {
	var diagnoses []vanishing.Diagnosis
	for _, name := range []string{"plain ReLU + BN", "plain sigmoid", "a+b", "a b", "A-B", "普通", "残差", "", "con"} {
		diagnoses = append(diagnoses, vanishing.Diagnosis{Profile: vanishing.Profile{Name: name}})
	}
	const want = "plain-relu-bn plain-sigmoid a-b a-b-2 a-b-3 普通 残差 network _con"
	if got := strings.Join(pictureNames(diagnoses), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
