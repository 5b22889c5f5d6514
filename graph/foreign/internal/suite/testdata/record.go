package gorgonia

import (
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	"gorgonia.org/tensor"
)

// The types that are written, one run after another, to a file for each test. Package suite has the same ones, without prefix.
type (
	suiteRun struct {
		Machine int
		Err     string
		Nodes   []suiteNode
	}
	suiteNode struct {
		ID          int64
		Kind, Op    string
		Inner       bool
		Value, Grad *suiteValue
	}
	suiteValue struct {
		Type        string
		Shape       []int
		Sample      []float64
		Sum, SumAbs float64
	}
)

// suiteSample is the number of elements of a tensor that are written.
const suiteSample = 64

// suiteFiles has the file of each test, and the number of machines made in it.
var suiteFiles = struct {
	sync.Mutex
	encoders map[string]*gob.Encoder
	machines map[string]int
}{encoders: make(map[string]*gob.Encoder), machines: make(map[string]int)}

// newSuiteState is the state of a new machine.
func newSuiteState(g *ExprGraph, callers []string) suiteState {
	suiteFiles.Lock()
	defer suiteFiles.Unlock()
	test := testAmong(callers)
	suiteFiles.machines[test]++
	return suiteState{graph: g, test: test, number: suiteFiles.machines[test]}
}

// testAmong finds the test or example among the functions that are being called: the outermost with such a name.
func testAmong(callers []string) string {
	for i := len(callers) - 1; i >= 0; i-- {
		name := callers[i]
		parts := strings.Split(name[strings.LastIndex(name, "/")+1:], ".")
		if len(parts) > 1 && (strings.HasPrefix(parts[1], "Test") || strings.HasPrefix(parts[1], "Example")) {
			return parts[1]
		}
	}
	return "none"
}

// record writes the nodes of the graph after a run.
func (m *tapeMachine) record(err error) {
	dir := os.Getenv("GRADFLOW_SUITE_VALUES")
	if dir == "" || m.suite.graph == nil {
		return
	}
	run := suiteRun{Machine: m.suite.number}
	if err != nil {
		run.Err = err.Error()
	}
	for _, n := range m.suite.graph.AllNodes() {
		run.Nodes = append(run.Nodes, m.nodeRecord(n))
	}
	suiteFiles.Lock()
	defer suiteFiles.Unlock()
	if suiteFiles.encoders[m.suite.test] == nil {
		file, err := os.OpenFile(filepath.Join(dir, m.suite.test), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			panic(err)
		}
		suiteFiles.encoders[m.suite.test] = gob.NewEncoder(file)
	}
	if err := suiteFiles.encoders[m.suite.test].Encode(run); err != nil {
		panic(err)
	}
}

// nodeRecord describes a node after a run.
func (m *tapeMachine) nodeRecord(n *Node) suiteNode {
	r := suiteNode{ID: n.ID(), Kind: fmt.Sprintf("%T %v %v", n.op, n.t, n.shape), Op: fmt.Sprint(n.op)}
	if n.op == nil {
		r.Op = "input " + n.name
	}
	value := n.Value()
	if v, computed := m.suite.seen[n.ID()]; computed {
		value = v
	}
	if read, is := n.op.(readOp); is && read.into != nil {
		value = *read.into
	}
	r.Value, r.Inner = valueRecord(value), m.inner(n)
	if gradient, err := n.Grad(); err == nil && n.isInput() {
		r.Grad = valueRecord(gradient)
	}
	return r
}

// inner tells whether a function of this package has drawn a node for itself: Conv2d one before its result, Rectify its mask, or Grad a
// gradient that is no node's derivative.
func (m *tapeMachine) inner(n *Node) bool {
	for _, group := range n.groups {
		_, result := n.op.(transposeOp)
		if group.Name == "Convolution" && !result || group.Name == "Rectify" {
			return true
		}
	}
	if n.group != gradClust && n.group != strayClust {
		return false
	}
	for _, other := range m.suite.graph.AllNodes() {
		if other.deriv == n {
			return false
		}
	}
	return true
}

// valueRecord describes a value, nil if there is none.
func valueRecord(v Value) *suiteValue {
	if v == nil || reflect.ValueOf(v).IsNil() {
		return nil
	}
	r := &suiteValue{Type: fmt.Sprint(v.Dtype()), Shape: v.Shape()}
	if t, is := v.(tensor.Tensor); is && t.RequiresIterator() {
		v = t.(tensor.View).Materialize()
	}
	data := suiteFloats(v.Data())
	for _, x := range data {
		r.Sum += x
		r.SumAbs += math.Abs(x)
	}
	r.Sample = data
	if len(data) > suiteSample {
		r.Sample = nil
		for i := 0; i < suiteSample; i++ {
			r.Sample = append(r.Sample, data[i*len(data)/suiteSample])
		}
	}
	return r
}

// suiteFloats converts the data of a value.
func suiteFloats(data interface{}) []float64 {
	if floats, is := data.([]float64); is {
		return floats
	}
	values := reflect.ValueOf(data)
	if values.Kind() != reflect.Slice {
		return []float64{suiteFloat(values)}
	}
	floats := make([]float64, values.Len())
	for i := range floats {
		floats[i] = suiteFloat(values.Index(i))
	}
	return floats
}

// suiteFloat converts a number or a boolean.
func suiteFloat(v reflect.Value) float64 {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(v.Uint())
	}
	return float64(v.Int())
}
