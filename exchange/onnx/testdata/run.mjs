// Runs models in ONNX Runtime: node run.mjs FOLDER, where the folder has onnxruntime-web in it as npm installs it. It reads requests
// from the standard input, [{"model": path, "runs": [{name: {"type", "shape", "data"}}, ...]}, ...], and writes for each request
// [{name: {"shape", "data"}}, ...].
import fs from 'node:fs';
import { createRequire } from 'node:module';

const ort = createRequire(process.argv[2] + '/')('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

function tensor(t) {
  const data = t.type === 'int64' ? BigInt64Array.from(t.data.map(BigInt)) : Float32Array.from(t.data);
  return new ort.Tensor(t.type, data, t.shape);
}

async function answer(request) {
  const session = await ort.InferenceSession.create(request.model);
  const answers = [];
  for (const inputs of request.runs) {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, tensor(t)]));
    const outputs = await session.run(feeds);
    answers.push(Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, { shape: t.dims, data: Array.from(t.data, Number) }])));
  }
  await session.release();
  return answers;
}

const all = [];
for (const request of JSON.parse(fs.readFileSync(0))) all.push(await answer(request));
process.stdout.write(JSON.stringify(all));
