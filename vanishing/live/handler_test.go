package live

import (
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

func TestPagesOfTheServer(t *testing.T) {
	s := start(t)
	p := madeup.Sigmoid()
	p.Records[0].Loss = profile.Number(math.NaN())
	step(t, begin(t, s.Server, &fixed{p}))
	for path, want := range map[string]string{
		"/": "<!doctype html>", "/profile.json": `{"schema":`, "/healthz": `{"runs":1,"step":1190,"finished":false}`,
	} {
		if status, text := get(t, s, path, ""); status != 200 || !strings.HasPrefix(text, want) {
			t.Errorf("%s: %d, %.80q, want %q", path, status, text, want)
		}
	}
	_, text := get(t, s, "/profile.json", "")
	if profiles, err := report.ReadJSON(strings.NewReader(text)); err != nil || len(profiles) != 1 || len(profiles[0].Records) != 120 {
		t.Errorf("the JSON holds %d profiles: %v", len(profiles), err)
	}
	if status, _ := get(t, s, "/other", ""); status != http.StatusNotFound {
		t.Errorf("/other: %d", status)
	}
	response, err := s.client.Post(s.URL()+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}

func get(t testing.TB, s *house, path, host string) (int, string) {
	t.Helper()
	request, err := http.NewRequest("GET", s.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestForeignNamesAreRefused(t *testing.T) {
	s := start(t)
	s.Hosts = []string{"trainer.lan"}
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "localhost:80": 200, "127.0.0.1": 200, "[::1]:9": 200, "192.168.1.2:80": 200, "trainer.lan": 200, "TRAINER.LAN:8080": 200,
		"evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example": 403,
	} {
		for _, path := range []string{"/healthz", "/profile.json"} {
			if status, _ := get(t, s, path, host); status != want {
				t.Errorf("%s for host %q: %d, want %d", path, host, status, want)
			}
		}
	}
}
