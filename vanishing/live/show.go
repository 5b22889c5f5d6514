package live

import "github.com/gradflow/gradflow/vanishing"

// Show shows profiles that no trainer's callback follows, such as those in a file that another program writes. They replace all runs
// that were shown before. Of more than seven profiles the last seven are shown. The page does not call them finished, as more may
// come.
func (s *Server) Show(profiles ...vanishing.Profile) { s.board.show(profiles) }

// show replaces all runs by profiles, of whose progress nothing is known.
func (b *board) show(profiles []vanishing.Profile) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs, b.begun, b.planned = nil, len(profiles), 0
	for _, p := range profiles[max(0, len(profiles)-maxRuns):] {
		b.runs = append(b.runs, &shown{profile: p})
	}
	b.change()
}
