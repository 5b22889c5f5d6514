package dist

import (
	"fmt"
	"os"
	"strings"
)

// A Placement tells where the ranks of a job are.
type Placement struct {
	Hosts   int // on which there are ranks
	Sharing int // ranks that may use the same cores as this one, itself included
}

// Place finds out where the ranks are, by the names of their hosts and the cores that the system lets each use. A launcher that binds each rank to
// cores of its own makes Sharing 1; without that it is the number of ranks on the host. The call is collective.
func Place(c Comm) (Placement, error) {
	host, err := os.Hostname()
	if err != nil {
		return Placement{}, err
	}
	places, err := c.Gather(fmt.Append(nil, host, "\n", allowedCores()), 0)
	if err != nil {
		return Placement{}, err
	}
	numbers := make([]float64, c.Size()+1) // hosts, and the sharing of each rank
	hosts := make(map[string]bool)
	for i, place := range places {
		name, _, _ := strings.Cut(string(place), "\n")
		hosts[name] = true
		for _, other := range places {
			if string(other) == string(place) {
				numbers[i+1]++
			}
		}
	}
	numbers[0] = float64(len(hosts))
	if err := c.Broadcast(Of(numbers), 0); err != nil {
		return Placement{}, err
	}
	return Placement{Hosts: int(numbers[0]), Sharing: int(numbers[c.Rank()+1])}, nil
}

// allowedCores lists the cores that this process may use, as Linux writes them; nothing on other systems.
func allowedCores() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	_, list, _ := strings.Cut(string(status), "Cpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	return strings.TrimSpace(list)
}
