// Runs a model in ONNX Runtime: node run.mjs FOLDER, where the folder has onnxruntime-web in it as npm installs it. It reads a request
// from the standard input, {"model": path, "inputs": {name: {"type", "shape", "data"}}}, and writes {name: {"shape", "data"}}.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const ort = createRequire(process.argv[2] + '/')('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const request = JSON.parse(fs.readFileSync(0));
const session = await ort.InferenceSession.create(request.model);
const feeds = {};
for (const [name, t] of Object.entries(request.inputs)) {
  const data = t.type === 'int64' ? BigInt64Array.from(t.data.map(BigInt)) : Float32Array.from(t.data);
  feeds[name] = new ort.Tensor(t.type, data, t.shape);
}
const outputs = {};
for (const [name, t] of Object.entries(await session.run(feeds))) {
  outputs[name] = { shape: t.dims, data: Array.from(t.data, Number) };
}
process.stdout.write(JSON.stringify(outputs));
