package live_test

import (
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/live"
)

func ExampleServer() {
	server := &live.Server{}
	if err := server.Start(); err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	recorder := &vanishing.Recorder{Name: "plain sigmoid"}
	trainer := &train.Trainer{Callbacks: []train.Callback{recorder, server.Follow(recorder)}}
	_ = trainer // give it a model, a loss and data, and open server.URL() in a browser while it trains

	response, err := http.Get(server.URL() + "/healthz")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output: {"runs":0,"step":0,"finished":false}
}
