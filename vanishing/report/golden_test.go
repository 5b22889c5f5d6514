package report

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestGoldenTables(t *testing.T) {
	reporttest.Golden(t, "table.txt", []byte(textTable(t, Text{}, reporttest.Full())))
	reporttest.Golden(t, "table.ascii.txt", []byte(textTable(t, Text{ASCII: true, Width: 76}, reporttest.Full())))
	var b bytes.Buffer
	fmt.Fprint(&b, textTable(t, Text{Color: true}, reporttest.Full()))
	reporttest.Golden(t, "table.color.txt", b.Bytes())
}

func TestGoldenFiles(t *testing.T) {
	reporttest.Golden(t, "profile.csv", []byte(writeCSV(t, reporttest.Full())))
	reporttest.Golden(t, "profile.json", []byte(writeJSON(t, reporttest.Full())))
}

func TestGoldenMarkdown(t *testing.T) {
	reporttest.Golden(t, "report.md", []byte(writeMarkdown(t, reporttest.Full(), reporttest.Plain("plain *bold* | <b>", reporttest.Falling(50, 0.1)))))
}

func TestGoldenComparison(t *testing.T) {
	reporttest.Golden(t, "compare.txt", []byte(compare(t, Text{Width: 80}, reporttest.Full(), reporttest.Plain("plain", reporttest.Falling(50, 0.1)), reporttest.Plain("a network of a long name", reporttest.Falling(4, 1)), reporttest.Odd()["lost"])))
}
