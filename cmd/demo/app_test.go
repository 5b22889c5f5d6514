package main

import "github.com/gradflow/gradflow/cmd/demo/internal/demotest"

// app is the whole command.
var app = demotest.App(demoCommand)

// The files of a run.
const (
	configName      = "config.yaml"
	infoName        = "run.json"
	metricsName     = "metrics.jsonl"
	checkpointsName = "checkpoints"
	profilesName    = "profiles.json"
)

// metricsEvery is the number of steps from one record of the metrics to the next.
const metricsEvery = 10
