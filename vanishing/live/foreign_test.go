package live

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// Pages of other sites get no data by any kind of request; users who follow a link get the page.
func TestForeignPagesAreRefused(t *testing.T) {
	for _, c := range []struct {
		site, mode, dest string
		page, data       int
	}{
		{"", "", "", 200, 200},
		{"none", "navigate", "document", 200, 200},
		{"same-origin", "cors", "empty", 200, 200},
		{"cross-site", "navigate", "document", 200, 403},
		{"same-site", "navigate", "document", 200, 403},
		{"cross-site", "navigate", "iframe", 403, 403},
		{"cross-site", "no-cors", "script", 403, 403},
		{"cross-site", "cors", "empty", 403, 403},
		{"same-site", "cors", "empty", 403, 403},
		{"nonsense", "", "", 403, 403},
	} {
		s := &Server{}
		for path, want := range map[string]int{"/": c.page, "/profile.json": c.data, "/healthz": c.data, "/events": c.data, "//": 404} {
			if path == "//" && c.data == 403 {
				want = 403
			}
			r := newRequest("HEAD", path)
			for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Sec-Fetch-Mode": c.mode, "Sec-Fetch-Dest": c.dest} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if got := serve(s, r).Code; got != want {
				t.Errorf("%s for %+v: %d, want %d", path, c, got, want)
			}
		}
	}
}

// The policy in the page's header is the one in the page, and also forbids frames; other answers forbid everything.
func TestPoliciesAreInHeaders(t *testing.T) {
	s := &Server{}
	answer := serve(s, newRequest("GET", "/"))
	inside := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]+)"`).FindStringSubmatch(answer.Body.String())
	policy := answer.Header().Get("Content-Security-Policy")
	if inside == nil || policy != inside[1]+"; frame-ancestors 'none'" {
		t.Fatalf("the policy is %q, and in the page %q", policy, inside)
	}
	for _, path := range []string{"/", "/healthz", "/profile.json", "/other"} {
		policy := serve(s, newRequest("GET", path)).Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s has the policy %q, without %q", path, policy, part)
			}
		}
	}
}

// Odd requests get errors that do not repeat any of the request, and cause no panic.
func TestOddRequests(t *testing.T) { synctest.Test(t, testOddRequests) }

func testOddRequests(t *testing.T) {
	s := open(t)
	long := strings.Repeat("marker", 1000)
	for request, want := range map[string]int{
		"GET / HTTP/1.0\r\n\r\n":                                                403, // no host
		"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n":                      200,
		"GET / HTTP/1.1\r\n\r\n":                                                400,
		"GET / HTTP/1.1\r\nHost: marker/\r\n\r\n":                               400,
		"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n":                                  200, // still an address
		"GET / HTTP/1.1\r\nHost: :\r\n\r\n":                                     403,
		"GET / HTTP/1.1\r\nHost: a\r\nHost: marker\r\n\r\n":                     400,
		"GET http://marker.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n": 403,
		"GET /../marker HTTP/1.1\r\nHost: localhost\r\n\r\n":                    404,
		"GET /%00marker HTTP/1.1\r\nHost: localhost\r\n\r\n":                    404,
		"GET /%2e%2e/events?marker HTTP/1.1\r\nHost: localhost\r\n\r\n":         404,
		"GET /" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n":                 404,
		"GET /%zzmarker HTTP/1.1\r\nHost: localhost\r\n\r\n":                    400,
		"GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=9-2,marker\r\n\r\n":  200,
		"HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n":                      200,
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n":                         405,
		"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n":              405,
		"MARKER / HTTP/1.1\r\nHost: localhost\r\n\r\n":                          405,
		"marker\r\n\r\n": 400,
		"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n":                                                       505,
		"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: marker\r\n\r\n":                         501,
		"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n":                        405,
		"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nmarker":                   400,
		"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: marker\r\n\r\n":                                     417,
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n":          400,
		"GET /profile.json HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"\", *, marker\r\n\r\n":         200,
		"GET /events HTTP/1.1\r\nHost: evil.marker\r\nLast-Event-ID: marker\r\nAccept: marker\r\n\r\n":    403,
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":                                                                403,
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, marker\r\n\r\n": 200,
	} {
		response, err := http.ReadResponse(bufio.NewReader(ask(t, s, request)), newRequest(strings.Fields(request)[0], "/"))
		if err != nil {
			t.Errorf("%.80q: %v", request, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		if response.StatusCode != want || err != nil {
			t.Errorf("%.80q: %s, want %d (%v)", request, response.Status, want, err)
		}
		if want >= 400 && strings.Contains(strings.ToLower(string(body)), "marker") {
			t.Errorf("%.80q is repeated in %.80q", request, body)
		}
	}
}

// newRequest is a request to localhost.
func newRequest(method, path string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost", nil)
	r.URL.Path = path
	return r
}

// serve returns the answer to a request without a connection.
func serve(s *Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
