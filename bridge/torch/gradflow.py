"""Watches the gradients of a PyTorch model while it trains, and writes them as a profile for gradflow.

    with gradflow.watch(model, "profiles.json", optimizer=optimizer) as w:
        for x, y in batches:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            w.step(loss)

"demo report profiles.json" makes the reports. docs/formats.md of gradflow explains every number in the file.

A step of training is recorded in up to three tiers: norms (every step), details (every 10th) and histograms (every 100th). At
most 1000 records are kept: then every other one is dropped and the interval doubles. The file is written as training goes, whole
or not at all.

A layer is a linear map with the normalisation and the activation after it: linear, convolution, embedding, recurrent module or
attention module. Functions count as modules do: F.relu(x), x @ w and x + y are seen too. The structure is found in the forward
pass, from the calls of PyTorch's functions and from autograd's graph between them.

Limits: forward passes in evaluation mode or without gradients are not watched. A compiled model must be watched before it is
compiled, and runs uncompiled in the recorded steps. With a GradScaler the gradients are recorded as scaled.
"""

import collections
import inspect
import json
import math
import os
import time
import types
import warnings

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["watch", "Watcher"]
__version__ = "0.1.0"

SCHEMA = 3  # of the profile
MAP_SIDE = 16  # largest number of rows and columns of the map of an attention head; half of it if there are more than 64 heads
SATURATION_LIMIT = 0.01  # share of the largest |phi'| below which an activation counts as saturated
MAX_HISTOGRAMS = 100  # records that keep theirs


def watch(model, file="profiles.json", optimizer=None, name=None, details=10, histograms=100, max_records=None, baseline=0.0):
    """Returns a Watcher of a model, for a with statement.

    file         the profile's path; None writes nothing, and Watcher.document() returns it
    optimizer    whose updates to measure; see Watcher.attach
    name         of the network in reports; the model's class if None
    details      steps between two records with details; 0 for none
    histograms   steps between two records with histograms; 0 for none
    max_records  records to keep, at least 2; None for 1000, or 200,000 over the number of layers if that is less, but at least 50
    baseline     loss of the best output that is the same for all samples, such as log(classes); 0 if unknown
    """
    if max_records is not None and max_records < 2:
        raise ValueError(f"gradflow: max_records: got {max_records}, want at least 2")
    if details < 0 or histograms < 0:
        raise ValueError(f"gradflow: details and histograms: got {details} and {histograms}, want 0 or more")
    if hasattr(model, "_orig_mod"):
        raise ValueError("gradflow: watch: got a compiled model, want the model itself, watched before torch.compile takes it")
    w = Watcher(model, file, name, details, histograms, max_records, baseline)
    if optimizer is not None:
        w.attach(optimizer)
    return w


def _uncompiled(function, recursive=True):
    """Keeps torch.compile out of a function and, if recursive, of what it calls. PyTorch has this from 2.1 on."""
    disable = getattr(getattr(torch, "compiler", None), "disable", None)
    return disable(function, recursive=recursive) if disable else function


class Watcher:
    """Records the training of one model. Make it by watch."""

    def __init__(self, model, file, name, details, histograms, max_records, baseline):
        self.model, self.file = model, file
        self._names = {id(p): n for n, p in model.named_parameters()}
        self._selection = _Selection(details, histograms, max_records)
        self._structure = None
        self._profile = {"name": name or type(model).__name__, "framework": "pytorch"}
        if baseline:
            self._profile["baseline"] = baseline
        self._nodes = {}  # of the parameters
        self._params = None  # (name, parameter) of those that have a gradient
        self._history = []
        self._open = None  # the record of this step
        self._asked = -1  # the step whose tiers are decided
        self._optimizer = None
        self._steps = 0
        self._original = None
        self._active = False
        self._written, self._write_time = 0.0, 0.0

    def __enter__(self):
        self._original = self.model.forward
        self._own = "forward" in self.model.__dict__
        _uncompiled(Watcher._forward, recursive=False)  # marks the function: what it calls is compiled in steps that are not recorded
        self.model.forward = self._forward
        self._active = True
        return self

    def __exit__(self, *exc):
        self.close()
        return False

    def close(self):
        """Ends watching and writes the profile."""
        if not self._active:
            return
        self._active = False
        if self._own:
            self.model.forward = self._original
        else:
            del self.model.forward
        self._close()
        self._nodes = {}
        self._write()

    def attach(self, optimizer):
        """Measures the updates of an optimizer too, and counts its steps. Attach it before a scheduler takes it."""
        self._optimizer = optimizer
        self._profile["optimizer"] = _describe_optimizer(optimizer)
        step = optimizer.step

        def measured(_, *args, **kwargs):
            if not self._active:
                return step(*args, **kwargs)
            self._before_update()
            result = step(*args, **kwargs)
            self._after_update()
            return result

        optimizer.step = types.MethodType(measured, optimizer)  # a method, as schedulers expect

    def step(self, loss=None):
        """Ends a step of training. Call it after loss.backward() and, if an optimizer is attached, after its step."""
        r = self._open
        if r is not None and not r.backward and self._structure is not None and self._structure.layers:
            raise RuntimeError("gradflow: step: got no gradient of this step, want loss.backward() before w.step(loss)")
        if r is not None and loss is not None:
            r.data["loss"] = loss.detach().double().reshape(()) if torch.is_tensor(loss) else float(loss)
        if self._optimizer is None:
            self._steps += 1
        if self._optimizer is None or r is None or r.updated:
            self._close()

    def epoch(self, **scores):
        """Notes the scores of a finished epoch: train_loss, train_accuracy, val_loss, val_accuracy."""
        unknown = set(scores) - {"train_loss", "train_accuracy", "val_loss", "val_accuracy"}
        if unknown:
            raise TypeError(f"gradflow: epoch: got {sorted(unknown)}, want train_loss, train_accuracy, val_loss or val_accuracy")
        entry = {"epoch": len(self._history), "step": max(self._steps - 1, 0)}
        self._history.append({**entry, **{k: _number(float(v)) for k, v in scores.items()}})

    def document(self):
        """The profile so far, as it is written to the file."""
        return {"schema": SCHEMA, "networks": [{"profile": self._whole()}]}

    def _whole(self):
        p = dict(self._profile)
        s = self._selection
        p["sampling"] = {"norms": "every step", **s.schedules(), "steps": self._steps, "recorded": s.due, "kept": len(s.kept)}
        p["records"] = s.kept
        if self._history:
            p["history"] = self._history[:: math.ceil(len(self._history) / 1000)]
        return p

    # One step of training.

    def _forward(self, *args, **kwargs):
        if not (self._active and self.model.training and torch.is_grad_enabled()):
            return self._original(*args, **kwargs)
        if self._open is not None and self._open.updated:
            self._close()
        if self._asked != self._steps:
            self._asked = self._steps
            self._tiers = self._selection.decide(self._steps)
        if self._tiers is None:
            return self._original(*args, **kwargs)
        return _uncompiled(self._record)(args, kwargs)

    def _record(self, args, kwargs):
        self._drop()
        trace = _Trace(self.model, self._names, self._structure, self._tiers)
        with trace:
            out = self._original(*args, **kwargs)
        if trace.dropout > self._profile.get("dropout", 0):
            self._profile["dropout"] = trace.dropout
        self._open = _Open(self._steps, self._tiers, trace)
        self._begin(args, kwargs, out)
        return out

    def _begin(self, args, kwargs, out):
        """Finds the structure, and sets the hooks that measure in the backward pass."""
        r = self._open
        if self._structure is None or self._structure.signature != r.trace.signature():
            found = _Structure(r.trace, [t for t in _tensors(out) if t.grad_fn is not None], self._structure)
            if self._structure is not None and found.paths() != self._structure.paths():
                self._open = None  # a graph of another form, such as a sequence of another length: the profile has no place for it
                return
            self._structure = found
        batch = next((t.shape[0] for t in _tensors((args, kwargs)) if t.dim()), 0)
        if batch:
            r.data["batch"] = batch
        self._structure.measure(r)
        for i, (name, p) in enumerate(self._params or [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]):
            self._hook_parameter(r, name, p)

    def _hook_parameter(self, r, name, p):
        node = self._nodes.get(name)
        if node is None:  # the node of autograd that adds to p.grad: hooks run after it
            node = self._nodes[name] = p.expand_as(p).grad_fn.next_functions[0][0]

        def accumulated(*_):
            g = _values(p.grad)
            r.grads[name] = _abs_stats(g, p.numel()) if r.details is not None else {"l2": _l2(g)}
            if r.histograms is not None:
                r.grads[name]["histogram"] = _histogram(g)

        r.hooks.append(node.register_hook(accumulated))

    def _before_update(self):
        r = self._open
        if r is None or not r.backward:
            return
        r.data["learning_rate"] = float(self._optimizer.param_groups[0]["lr"])
        self._choose_params(r)
        if r.details is None:
            return
        with torch.no_grad():
            for name, p in self._params:
                r.clipped.append(self._received(r.grads.get(name), p))
                r.before.append(p.detach().clone())
            r.measure_values(self._params)

    def _received(self, grad, p):
        """Measures a gradient as the optimizer receives it. On a processor an unclipped one is not measured again."""
        if p.grad is None:
            return dict.fromkeys(("l2", "max", "mean_abs"), 0.0)
        g = _values(p.grad)
        if grad is not None and _is_quick(g) and float(_l2(g)) == float(grad["l2"]):
            return grad
        return _abs_stats(g, p.numel())

    def _after_update(self):
        self._steps += 1
        r = self._open
        if r is None or not r.backward:
            return
        r.updated = True
        with torch.no_grad():
            for (_, p), before, values in zip(self._params, r.before, r.values):
                change = torch.sub(p.detach(), before, out=before)
                norm, size = values["norm_l2"], _l2(change)
                r.updates.append({"l2": size, "ratio": size / norm * (norm / norm), "unchanged": _zero_share(change)})
        r.before = []

    def _choose_params(self, r):
        """Fixes the parameters of the profile: those that the first backward pass reached."""
        if self._params is None:
            self._params = [(n, p) for n, p in self.model.named_parameters() if n in r.grads]
            self._structure.describe(self._profile, self._params)

    def _drop(self):
        if self._open is not None:
            self._open.release()
            self._open = None

    def _close(self):
        """Completes the open record and keeps it."""
        r, self._open = self._open, None
        if r is None:
            return
        r.release()
        if not r.backward or not r.grads:
            return
        self._choose_params(r)
        with torch.no_grad():
            if r.details is not None and not r.values:
                r.measure_values(self._params)
            record = r.record(self._structure, self._params)
        self._selection.keep(record, len(self._structure.layers))
        now = time.monotonic()
        if now - self._written > max(5.0, 20 * self._write_time):
            self._try_to_write()

    def _try_to_write(self):
        """Writes the file in training, which goes on if that fails. close() tries again."""
        try:
            self._write()
        except OSError as e:
            warnings.warn(f"gradflow: the profile is not written for now: {e}", RuntimeWarning, stacklevel=2)
            self._written = time.monotonic()

    def _write(self):
        """Writes the file under another name and renames it."""
        if self.file is None:
            return
        start = time.monotonic()
        path = os.fspath(self.file)
        temporary = os.path.join(os.path.dirname(path), f".gradflow-{os.getpid()}.tmp")
        try:
            with open(temporary, "w") as f:
                json.dump(self.document(), f, allow_nan=False)
            os.replace(temporary, path)
        finally:
            if os.path.exists(temporary):
                os.remove(temporary)
        self._written = time.monotonic()
        self._write_time = self._written - start


class _Open:
    """The record of the step under way. Its numbers stay tensors until record(), so that a GPU is waited for once."""

    def __init__(self, step, tiers, trace):
        self.trace = trace
        self.data = {"step": step}
        self.details = {} if tiers.details else None
        self.histograms = {} if tiers.histograms else None
        self.size = {}  # RMS of the gradient at a slot: see _Structure.measure
        self.flow = {}  # histograms of delta, by layer
        self.blocks = {}
        self.grads, self.clipped, self.updates = {}, [], []
        self.before, self.values = [], []  # parameters before the update, and what is measured of them
        self.hooks = []
        self.backward = self.updated = False

    def release(self):
        for h in self.hooks:
            h.remove()
        self.hooks = []
        self.trace.forget()

    def measure_values(self, params):
        """Measures the parameters, before the update if an optimizer is attached."""
        for _, p in params:
            v = {"norm_l2": _l2(p.detach())}
            if p.dim() > 2:
                v["filters"] = _filters(p.detach())
            if self.histograms is not None:
                v["histogram"] = _histogram(p.detach())
            self.values.append(v)

    def record(self, structure, params):
        grads = [self.grads.get(name, {"l2": 0.0, "max": 0.0, "mean_abs": 0.0}) for name, _ in params]
        r = self.data
        r["layers"] = [{"delta_rms": self.size.get(l.delta, 0.0)} for l in structure.layers]
        r["params"] = [{"grad_l2": g["l2"], "grad_rms": g["l2"] / math.sqrt(max(p.numel(), 1))} for g, (_, p) in zip(grads, params)]
        if self.details is not None:
            r["details"] = self._details(structure, params, grads)
        if self.histograms is not None:
            r["histograms"] = {
                "layers": [_known({"delta": self.flow.get(i), "pre": self.trace.stats_of(l).get("histogram")}) for i, l in enumerate(structure.layers)],
                "params": [_known({"grad": g.get("histogram"), "value": v["histogram"]}) for g, v in zip(grads, self.values)],
            }
            if structure.attentions:
                r["histograms"]["attentions"] = [_map_of(self.trace.calls[a.call].heads, a.count) for a in structure.attentions]
        r = _plain(r)
        if self.clipped:
            r.update(_clip_factor([p["grad_l2"] for p in r["params"]], [c["l2"] for c in r["details"]["clipped"]]))
        return r

    def _details(self, structure, params, grads):
        layers = []
        for l in structure.layers:
            s = self.trace.stats_of(l)
            d = {"act_grad_rms": self.size.get(l.act_slot, 0.0)}
            d.update({k: s[k] for k in ("pre_mean", "pre_std", "act_mean", "act_std", "act_zero", "saturated", "dead")})
            if l.chain:
                d["gains"] = self._gains(l.chain)
            layers.append(d)
        rows = [{"norm_l2": v["norm_l2"], "grad_max": g["max"], "grad_mean_abs": g["mean_abs"], **_known({"filters": v.get("filters")})}
                for v, g in zip(self.values, grads)]
        d = {"layers": layers, "params": rows}
        if structure.blocks:
            d["blocks"] = [self.blocks.get(i) for i in range(len(structure.blocks))]
            d["writes"] = [self._write_share(b) for b in structure.blocks]
        if structure.attentions:
            d["attentions"] = [self._attention(structure, a) for a in structure.attentions]
        if self.clipped:
            d["clipped"] = [{"l2": c["l2"], "rms": c["l2"] / math.sqrt(max(p.numel(), 1)), "max": c["max"], "mean_abs": c["mean_abs"]}
                            for c, (_, p) in zip(self.clipped, params)]
        if self.updates:
            d["updates"] = self.updates
        return d

    def _write_share(self, block):
        """The share that a block writes into the residual stream."""
        terms = self.trace.calls[block.sum].terms
        return terms[1 - block.skip].rms / terms[-1].rms if terms else math.nan

    def _attention(self, structure, a):
        """The heads, and how alike the tokens are before and after the block of the attention, or the attention itself without a block."""
        calls = self.trace.calls
        if a.block is None:
            before, after = calls[a.call].terms[:1], calls[structure.layers[a.layer].pre].terms[-1:]
        else:
            terms = calls[a.block.sum].terms
            before, after = [] if a.block.projected else terms[a.block.skip:][:1], terms[-1:]
        d = {"heads": _heads_of(calls[a.call].heads, a.count)}
        for key, found in (("cosine_in", before), ("cosine_out", after)):
            d[key] = found[0].cosine if found else math.nan
        return d

    def _gains(self, chain):
        parts = dict.fromkeys(("weight", "activation", "norm", "skip", "other"), 0.0)
        for part, start, end in chain:
            parts[part] = parts[part] + _log10(self.size.get(end)) - _log10(self.size.get(start))
        return parts


# The forward pass.

_LINEAR = {
    "linear", "bilinear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "embedding",
    "matmul", "__matmul__", "mm", "addmm", "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell",
    "rnn_relu_cell", "multi_head_attention_forward",
}
_NORM = {"batch_norm": "bn", "layer_norm": "ln", "group_norm": "gn", "rms_norm": "rms", "instance_norm": "gn"}
_ACTIVATION = {
    "relu": "relu", "relu_": "relu", "leaky_relu": "leaky_relu", "leaky_relu_": "leaky_relu", "elu": "elu", "elu_": "elu", "selu": "selu",
    "selu_": "selu", "gelu": "gelu", "silu": "silu", "sigmoid": "sigmoid", "sigmoid_": "sigmoid", "tanh": "tanh", "tanh_": "tanh",
    "erf": "erf", "softsign": "softsign", "softplus": "softplus", "mish": "mish", "hardtanh": "hardtanh", "relu6": "relu6",
    "hardswish": "hardswish", "hardsigmoid": "hardsigmoid", "celu": "celu", "logsigmoid": "logsigmoid", "tanhshrink": "tanhshrink",
}
_SUM = {"add", "__add__", "__radd__", "__iadd__", "add_"}
_PRODUCT = {"mul", "__mul__", "__rmul__", "__imul__", "mul_"}
_KIND = {**dict.fromkeys(_LINEAR, "linear"), **dict.fromkeys(_NORM, "norm"), **dict.fromkeys(_ACTIVATION, "act"),
         **dict.fromkeys(_SUM, "sum"), **dict.fromkeys(_PRODUCT, "product")}

_DROPOUT = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")

# Operations of autograd that keep the units of a layer: they move, pool, pad or mask its values.
_KEEPS = ("View", "Reshape", "Alias", "Transpose", "Permute", "TBackward", "Squeeze", "Unsqueeze", "Clone", "Contiguous", "Pool", "Pad",
          "Dropout", "Flatten", "Slice", "Expand", "ToCopy", "MeanBackward1")

# Operations of autograd that take a part of a sequence.
_SLICES = ("Select", "Slice", "Unbind", "Split", "Chunk", "Index", "Gather", "Narrow")


class _Call:
    """A call of a function of PyTorch that makes or extends a layer."""

    __slots__ = ("kind", "name", "index", "inputs", "out", "weights", "shape", "inner", "axis", "alpha", "stats", "heads", "terms")

    def __init__(self, kind, name, index):
        self.kind, self.name, self.index = kind, name, index
        self.inputs = []  # (node of autograd, number of its output) of the inputs with a gradient
        self.out = None  # the same of the output
        self.weights = ()  # names of the parameters
        self.shape, self.inner, self.axis, self.alpha = (), 0, -1, 0.0
        self.stats = {}
        self.heads = None  # _Heads of an attention
        self.terms = []  # a _Term of each term of a sum or of what an attention reads, and one of what the call gives


class _Trace(TorchFunctionMode):
    """Notes the calls of a forward pass, and measures activations in passing."""

    def __init__(self, model, names, structure, tiers):
        super().__init__()
        self.model, self.names, self.structure, self.tiers = model, names, structure, tiers
        self.buffers = {id(b) for b in model.buffers()} if structure is None else ()
        self.calls = []
        self.by_node = {}  # calls by the node of their output
        self.data = collections.defaultdict(list)  # what has no gradient and enters at a node, but for parameters and buffers
        self.tokens = None  # of the last attention
        self.dropout = 0.0  # the largest rate

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        kind = _KIND.get(name)
        if name in _DROPOUT:
            self._note_dropout(name, *args, **(kwargs or {}))
        if not torch.is_grad_enabled():
            return func(*args, **(kwargs or {}))
        if kind is not None:
            return self._call(kind, name, func, args, kwargs or {})
        out = func(*args, **(kwargs or {}))
        if self.structure is None and not name.startswith("__") and torch.is_tensor(out) and out.grad_fn is not None:
            self._note_data(out.grad_fn, _tensors((args, kwargs)))
        return out

    def _note_data(self, node, tensors):
        """Notes the data of the samples that enter at a node."""
        self.data[node] += [t for t in tensors if t.grad_fn is None and not t.requires_grad and t.dim() and id(t) not in self.buffers and id(t._base) not in self.buffers]

    def _note_dropout(self, name, input, p=0.5, training=None, *_, **__):
        """Notes the rate of a dropout. Alpha dropout is off by default."""
        if "alpha" not in name if training is None else training:
            self.dropout = max(self.dropout, float(p))

    def _call(self, kind, name, func, args, kwargs):
        c = _Call(kind, name, len(self.calls))
        tensors = list(_tensors((args, kwargs)))
        if kind == "linear":
            self._find_weights(c, tensors, name)
        elif kind != "act":
            c.weights = tuple(self.names[id(t)] for t in tensors if id(t) in self.names)
        owned = c.weights and {id(t) for t in tensors if self._owners(t)} or ()
        c.inputs = [(t.grad_fn, t.output_nr) for t in tensors if t.grad_fn is not None and id(t) not in owned]
        if kind == "linear" and not c.weights or kind in ("sum", "product", "norm", "act") and not c.inputs:
            return func(*args, **kwargs)
        self._find_axis(c, tensors)
        if kind == "act":
            before = self._before(c, tensors[0], func, args, kwargs)
        measured = self.tiers.details and kind in ("sum", "norm") and (self.structure is None or c.index in self.structure.around)
        if measured and kind == "sum":
            c.terms = [self._term(c, t) for t in tensors if t.grad_fn is not None and id(t) not in owned]
        elif self.tiers.details and c.name == "multi_head_attention_forward":
            self._attend(c, func, args, kwargs)
        out = func(*args, **kwargs)
        first = next((t for t in _tensors(out) if t.grad_fn is not None), None)
        if first is None:
            return out
        c.out, c.shape = (first.grad_fn, first.output_nr), tuple(first.shape)
        for t in _tensors(out):
            if t.grad_fn is not None:
                self.by_node[t.grad_fn] = c
        if self.structure is None:
            self._note_data(c, tensors)
        self.calls.append(c)
        if self.tiers.details:
            if c.terms or measured:
                c.terms.append(self._term(c, first))
            if kind == "act":
                c.stats = {**before, **_act_stats(first)}
            elif kind != "product" and (self.structure is None or c.index in self.structure.measured):
                c.stats = self._stats(first)
        return out

    def _before(self, c, z, func, args, kwargs):
        """Measures a pre-activation before the activation may overwrite it."""
        kind = _ACTIVATION[c.name]
        if kind in ("leaky_relu", "elu"):
            c.alpha = float(kwargs.get("negative_slope", kwargs.get("alpha", args[1] if len(args) > 1 else (0.01 if kind == "leaky_relu" else 1.0))))
        if kind == "gelu" and kwargs.get("approximate", "none") == "tanh":
            c.name = "gelu_tanh"
        if not self.tiers.details:
            return {}
        with torch.no_grad():
            s = _pre_stats(z, self.tiers.histograms)
            s["saturated"], s["dead"] = _saturation(z, c.axis, _borders(c.name, c.alpha, func, args[1:], kwargs))
        return s

    def _stats(self, z):
        """Of a layer without activation."""
        with torch.no_grad():
            return {**_pre_stats(z, self.tiers.histograms), **_act_stats(z), "saturated": 0.0, "dead": 0.0}

    def _term(self, c, t):
        """Measures a term of a sum, or what a call gives. Only around an attention it matters how alike the tokens are."""
        tokens = self.tokens
        if c.kind == "linear":
            tokens = tokens._replace(samples_first=False)  # as the function of PyTorch reads and gives them
        elif self.structure is not None and not self.structure.around[c.index]:
            tokens = None
        with torch.no_grad():
            return _Term(_rms(t.detach()), _alike(t.detach(), tokens) if tokens else math.nan)

    def _attend(self, c, func, args, kwargs):
        """Measures the heads of an attention from its arguments, and the tokens that it reads."""
        given = _arguments(func, args, kwargs)
        if given is None:
            return
        maps = MAP_SIDE if self.structure is None or self.structure.heads <= 64 else MAP_SIDE // 2
        with torch.no_grad():
            c.heads, hidden = _measure_heads(given, maps if self.tiers.histograms else 0)
        time, samples = given["query"].shape[:2]
        self.tokens = _Tokens(samples, time, hidden if given["key"] is given["query"] else None, self._is_batch_first(c))
        c.terms = [self._term(c, given["query"])]

    def _is_batch_first(self, c):
        """Whether tensors outside of a module of attention have the samples first."""
        parent = _split(c.weights[0])[0] if c.weights else ""
        modules = dict(self.model.named_modules())
        return getattr(modules.get(parent), "batch_first", False)

    def _find_weights(self, c, tensors, name):
        data = tensors[1:] if name not in ("matmul", "__matmul__", "mm") else tensors
        weights = [n for t in data for n in self._owners(t)]
        if not any(t.dim() >= 2 and self._owners(t) for t in data):
            return
        c.weights = tuple(weights)
        c.inner = tensors[0].shape[-1] if tensors[0].dim() and tensors[0].is_floating_point() else 0
        if name.startswith("conv"):
            w = next(t for t in data if t.dim() >= 3)
            c.inner = w[0].numel() if "transpose" not in name else w.numel() // w.shape[1]

    def _owners(self, t):
        """Names of the parameters that a tensor is or is computed from, if it is computed from nothing else."""
        if id(t) in self.names:
            return (self.names[id(t)],)
        if t.grad_fn is None:
            return ()
        found, queue, seen = [], [t.grad_fn], 0
        while queue:
            node, seen = queue.pop(), seen + 1
            if seen > 16 or node in self.by_node and self.by_node[node].kind != "product":
                return ()
            if hasattr(node, "variable"):
                if id(node.variable) not in self.names:
                    return ()
                found.append(self.names[id(node.variable)])
            queue.extend(n for n, _ in node.next_functions if n is not None)
        return tuple(found)

    def _find_axis(self, c, tensors):
        """The axis of the units, from the end: that of the linear map a call goes on from."""
        if c.kind == "linear":
            c.axis = -1 if not c.name.startswith("conv") else int(c.name[-2]) * -1 - 1
            return
        node = c.inputs[0][0]
        for _ in range(8):
            source = self.by_node.get(node)
            if source is not None:
                c.axis = source.axis
                break
            inputs = [n for n, _ in node.next_functions if n is not None]
            if len(inputs) != 1:
                break
            node = inputs[0]
        dims = max(t.dim() for t in tensors)
        if -c.axis > dims:
            c.axis = -1

    def signature(self):
        return tuple((c.kind, c.weights, c.name) for c in self.calls)

    def stats_of(self, layer):
        return self.calls[layer.act if layer.act is not None else layer.pre].stats

    def forget(self):
        """Lets autograd's graph go."""
        self.by_node, self.data = {}, {}
        for c in self.calls:
            c.inputs, c.out = [], None


class _Layer:
    """A layer. Calls are given by their numbers in the trace; slots are places whose gradient is measured."""

    def __init__(self, call):
        self.path, self.weights = "", call.weights
        self.linear, self.pre, self.act = call.index, call.index, None
        self.end, self.norm, self.activation = call, "", None
        self.depth, self.step, self.recurrent, self.first_recurrent, self.stacked, self.on_skip = 0, 0, False, False, False, False
        self.fan_in, self.units = call.inner, call.shape[call.axis]
        self.roles = dict.fromkeys(call.weights, "")  # of parameters: "" for those of the linear map, told by their dimensions
        self.delta = self.act_slot = None
        self.chain = None


class _Structure:
    """The layers and residual blocks of a traced forward pass."""

    def __init__(self, trace, outputs, before=None):
        self.signature = trace.signature()
        self.trace, self.before = trace, before
        self._sort(outputs)
        self._find(outputs)
        self._arrange()
        self._slots()
        self.measured = {l.pre for l in self.layers if l.act is None}
        self._find_attentions()
        del self.trace, self.order, self.inputs, self.readers, self.position, self.above, self.ends, self.level, self.before

    def paths(self):
        return [(l.path, l.step) for l in self.layers]

    def _key(self, node):
        return self.trace.by_node.get(node, node)

    def _sort(self, outputs):
        """Lists calls, and nodes of autograd between them, each after its inputs."""
        self.order, self.inputs, self.readers = [], {}, collections.defaultdict(list)
        stack = [(self._key(t.grad_fn), False) for t in reversed(outputs)]
        entered = set()
        while stack:
            n, done = stack.pop()
            if done:
                self.order.append(n)
                continue
            if n in entered:
                continue
            entered.add(n)
            stack.append((n, True))
            nodes = [f for f, _ in (n.inputs if isinstance(n, _Call) else n.next_functions) if f is not None]
            self.inputs[n] = [self._key(f) for f in nodes if not hasattr(f, "variable")]
            for k in self.inputs[n]:
                self.readers[k].append(n)
            stack.extend((k, False) for k in reversed(self.inputs[n]))
        self.position = {n: i for i, n in enumerate(self.order)}
        self.above = {}  # nodes that a node is computed from, itself included, as bits
        for i, n in enumerate(self.order):
            bits = 1 << i
            for k in self.inputs[n]:
                bits |= self.above[k]
            self.above[n] = bits

    def _find_attentions(self):
        """Lists the attentions whose heads were measured, with the smallest residual block around each, and the calls that end either."""
        self.attentions = []
        for i, l in enumerate(self.layers):
            c = self.trace.calls[l.linear]
            if c.heads is None:
                continue
            around = sorted((b for b in self.blocks if l in b.layers), key=lambda b: b.last - b.first)
            self.attentions.append(_Attention(i, c.index, len(c.heads.entropy), c.heads.queries, c.heads.keys, around[0] if around else None))
        self.heads = sum(a.count for a in self.attentions)
        self.around = {b.sum: any(b is a.block for a in self.attentions) for b in self.blocks}
        self.around.update((self.layers[a.layer].pre, True) for a in self.attentions if a.block is None)

    def _find(self, outputs):
        self.layers, self.blocks, self.ends, self.level = [], [], {}, {}
        self.out_keys = {self._key(t.grad_fn) for t in outputs}
        groups = {}
        merged = set()
        for n in self.order:
            inputs = self.inputs[n]
            self.level[n] = max((self.level[k] for k in inputs), default=0)
            kind = n.kind if isinstance(n, _Call) else None
            if kind == "linear":
                self._begin(n, groups)
            elif kind == "sum" and len(inputs) == 2 and inputs[0] is not inputs[1]:
                self._sum(n, inputs, merged)
            elif len(inputs) == 1:
                self._extend(n, kind, inputs[0])
        del self.out_keys
        recurrent = [group for group in groups.values() if group[0].recurrent]
        self._find_first(recurrent)
        self._find_stacked(recurrent)
        self.layers = [l for l in self.layers if l not in merged]
        for group in groups.values():
            for l in group if len(group) == 1 else ():
                l.step = 0

    def _find_first(self, recurrent):
        """Marks the recurrent layers that no other one comes before. Those that read each other, as the maps of a cell do, count as one."""
        calls = [[self.trace.calls[l.linear] for l in group] for group in recurrent]
        own = [sum(1 << self.position[c] for c in group) for group in calls]
        reads = [[any(self.above[c] & bits for c in group) for bits in own] for group in calls]
        for i, group in enumerate(recurrent):
            if all(reads[k][i] for k in range(len(recurrent)) if reads[i][k]):
                for l in group:
                    l.first_recurrent = True

    def _find_stacked(self, recurrent):
        """Marks the recurrent layers whose later steps read no new data: they are a stack over depth that shares its weights.

        The first step may read less than the others, as where a fixed point is sought from zeros, if there are others."""
        known = {l.path for l in self.before.layers if l.stacked} if self.before else ()
        for group in recurrent:
            first, early, last = (self.trace.calls[group[i].linear] for i in (0, min(1, len(group) - 2), -1))
            for l in group:
                l.stacked = l.path in known if self.before else self._entering(last, first) <= self._entering(early, first)

    def _entering(self, call, first):
        """The data that a call is computed from, by where they lie, and the slices of what is computed, but for what comes after the first call."""
        data = set()
        for n, i in self.position.items():
            if not self.above[call] >> i & 1:
                continue
            data.update((t.data_ptr(), t.shape, t.stride()) for t in self.trace.data.get(n, ()))
            for f, output in n.inputs if isinstance(n, _Call) else n.next_functions:
                at = self.position.get(self._key(f))
                if at is not None and not self.above[self._key(f)] >> self.position[first] & 1 and any(k in f.name() for k in _SLICES):
                    data.add((at, output))
        return data

    def _begin(self, n, groups):
        l = _Layer(n)
        group = groups.setdefault(n.weights, [])
        l.path = _path_of(n.weights)
        l.step = len(group) + 1
        self.level[n] += 1
        if group and self.above[n] >> self.position[self.trace.calls[group[-1].linear]] & 1:
            l.recurrent = group[0].recurrent = True
            self.level[n] = group[0].depth
        l.depth = self.level[n]
        group.append(l)
        self.layers.append(l)
        self.ends[n] = l

    def _open(self, k, reader):
        """The layer that ends in k, if nothing else reads k."""
        l = self.ends.get(k)
        if l is None or k in self.out_keys or any(r is not reader for r in self.readers[k]):
            return None
        return l

    def _extend(self, n, kind, k):
        l = self._open(k, n)
        if l is None:
            return
        if kind == "act":
            l.act, l.activation = n.index, (_ACTIVATION.get(n.name, n.name), n.alpha)
            return
        if kind == "norm":
            l.norm = _NORM[n.name]
        elif kind is None and not any(s in type(n).__name__ for s in _KEEPS):
            return
        self.ends[n] = l
        if kind == "norm" or kind in ("sum", "product") and n.weights:
            l.pre = n.index
            l.roles.update((w, self._role(kind, l, w)) for w in n.weights)

    def _role(self, kind, layer, name):
        """Of a parameter that is added to a layer or multiplied by it."""
        if kind == "norm":
            return "shift" if "bias" in _split(name)[1] else "gain"
        return "gain" if kind == "product" else "shift" if layer.norm else "bias"

    def _sum(self, n, inputs, merged):
        for skip, branch in (inputs, inputs[::-1]):
            if self._residual(n, skip, branch):
                l = self._open(branch, n)
                if l is not None:
                    self.ends[n] = l
                return
        left, right = self._open(inputs[0], n), self._open(inputs[1], n)
        if left is None or right is None:
            if left or right:
                self.ends[n] = left or right
            return
        kept, dropped = (left, right) if left.depth > right.depth else (right, left)
        merged.add(dropped)
        kept.roles.update(dropped.roles)
        kept.pre = n.index
        self.ends[n] = kept

    def _between(self, n, bits):
        return [l for l in self.layers if (self.above[n] & ~bits) >> self.position[self.trace.calls[l.linear]] & 1]

    def _residual(self, n, skip, branch):
        """Notes a block whose skip is its input, or one linear map of it."""
        common = self.above[skip] & self.above[branch]
        if not common:
            return False
        start = self.order[common.bit_length() - 1]
        beside, inside = self._between(skip, self.above[start]), self._between(branch, self.above[start])
        if len(beside) > 1 or len(beside) >= len(inside) or branch is start:
            return False
        for l in beside:
            l.on_skip, l.depth = True, self.level[branch]
        self.blocks.append(_Block(inside, n.index, start.index if skip is start and isinstance(start, _Call) else None, start, branch))
        self.blocks[-1].skip, self.blocks[-1].projected = self.inputs[n].index(skip), skip is not start
        return True

    def _arrange(self):
        """Orders the layers by depth, and finds the way of the gradient from each to the one before."""
        self.layers.sort(key=lambda l: (l.depth, l.on_skip, l.linear))
        at = {l: i for i, l in enumerate(self.layers)}
        for i, b in enumerate(self.blocks):
            inside = sorted(at[l] for l in b.layers if l in at)
            b.first, b.last = inside[0], inside[-1]
            b.path = os.path.commonpath([self.layers[k].path for k in inside]) or f"block{i + 1}"

    def _slots(self):
        """Names the places whose gradient is measured: ("out", call) and ("in", call), of its first input."""
        by_start = {b.start: i for i, b in enumerate(self.blocks) if b.input is not None}
        for i, l in enumerate(self.layers):
            l.delta = ("in", l.act) if l.act is not None else ("out", l.pre)
            l.act_slot = ("out", l.act) if l.act is not None else l.delta
        for i, l in enumerate(self.layers):
            if not l.on_skip:
                l.chain = self._chain(l, self.layers[i + 1:], by_start)

    def _chain(self, lower, after, by_start):
        candidates = [u for u in after if not u.on_skip and u.depth > lower.depth]
        if lower.recurrent:
            candidates = [u for u in after if u.path == lower.path and u.step == lower.step + 1] or candidates
        first = self.trace.calls[lower.linear]
        for upper in candidates[:8]:
            way = self._way(self.trace.calls[upper.act if upper.act is not None else upper.pre], first)
            if way:
                return self._hops(way, upper, lower, by_start)
        return None

    def _way(self, start, goal):
        """The calls from one down to another that it is computed from. Of several inputs, the branch of a block comes first."""
        bit, way, n = self.position[goal], [], start
        branch = {self.trace.calls[b.sum]: b.branch for b in self.blocks}
        while n is not goal:
            if isinstance(n, _Call):
                way.append(n)
            inputs = sorted((k for k in self.inputs[n] if self.above[k] >> bit & 1), key=lambda k: k is not branch.get(n))
            if not inputs:
                return None
            n = inputs[0]
        return way + [goal]

    def _hops(self, way, upper, lower, by_start):
        parts = {"linear": "weight", "norm": "norm", "act": "activation", "product": "norm", "sum": "other"}
        hops, here = [], upper.delta
        stop = lower.act if lower.act is not None else lower.pre
        for n, below in zip(way, way[1:] + [None]):
            if n.index == upper.act:
                continue
            if n.index == stop:
                break
            into = ("in", n.index) if n.kind != "sum" else ("out", below.index)
            if below is not None and by_start.get(below) is not None and n.kind != "sum" and below in self.inputs[n]:
                part = ("branch", by_start[below])
                hops += [(parts[n.kind], here, part), ("skip", part, into)]
            else:
                hops.append((parts[n.kind], here, into))
            here = into
        if here != lower.act_slot:
            hops.append(("other", here, lower.act_slot))
        if lower.act is not None:
            hops.append(("activation", lower.act_slot, lower.delta))
        return hops

    def measure(self, r):
        """Sets hooks on the nodes of autograd. A node's hook receives the gradients of its outputs."""
        calls = r.trace.calls
        wanted = {l.delta for l in self.layers}
        if r.details is not None:
            wanted |= {l.act_slot for l in self.layers}
            wanted |= {slot for l in self.layers for hop in l.chain or () for slot in hop[1:] if slot[0] != "branch"}
        by_node = collections.defaultdict(list)
        for side, index in wanted:
            c = calls[index]
            node = c.out if side == "out" else (c.inputs[0] if c.inputs else None)
            if node is not None:
                by_node[node].append((side, index))
        index_of = {l.delta: i for i, l in enumerate(self.layers)}
        for (node, number), slots in by_node.items():
            r.hooks.append(node.register_hook(_size_hook(r, number, slots, index_of)))
        if r.details is not None:
            for i, b in enumerate(self.blocks):
                if b.input is not None:
                    _hook_block(r, i, calls[b.sum].out, calls[b.input].out)

    def describe(self, profile, params):
        """Fills in the parts of the profile that do not change."""
        profile["dtype"] = str(params[0][1].dtype).replace("torch.", "") if params else "float32"
        profile["layers"] = [self._describe_layer(l) for l in self.layers]
        home = {n: l for l in reversed(self.layers) for n in l.roles}
        profile["params"] = []
        for name, p in params:
            l, (parent, own) = home.get(name), _split(name)
            entry = {"name": name.replace(".", "/"), "size": p.numel()}
            if l is not None:
                role = l.roles[name] or ("gain" if own == "weight_g" else "weight" if p.dim() >= 2 else "bias")
                inside = role in ("gain", "shift") and parent
                entry.update({"layer": parent.replace(".", "/") if inside else l.path, "depth": l.depth, "role": role})
            elif parent:
                entry["layer"] = parent.replace(".", "/")
            profile["params"].append(entry)
        if self.blocks:
            profile["blocks"] = [{"path": b.path, "first": b.first, "last": b.last} for b in self.blocks]
        unseen = [n.replace(".", "/") for n, p in params if p.dim() >= 2 and n not in home]
        if self.attentions:
            profile["attentions"] = [{"path": self.layers[a.layer].path, "output": a.layer, "heads": a.count, "queries": a.queries, "keys": a.keys}
                                     for a in self.attentions]
        if unseen:
            profile["unseen"] = unseen

    def _describe_layer(self, l):
        d = {"path": l.path, "depth": l.depth, "units": l.units}
        if l.fan_in:
            d["fan_in"] = l.fan_in
        if l.activation:
            d["activation"] = {"kind": l.activation[0], **({"alpha": l.activation[1]} if l.activation[1] else {})}
        if l.norm:
            d["norm"] = {"kind": l.norm}
        for key in ("on_skip", "step", "recurrent", "first_recurrent", "stacked"):
            if getattr(l, key):
                d[key] = getattr(l, key)
        return d


class _Block:
    def __init__(self, layers, sum_call, input_call, start, branch):
        self.layers, self.sum, self.input = layers, sum_call, input_call
        self.start, self.branch = start, branch
        self.first = self.last = 0
        self.path = ""
        self.skip, self.projected = 0, False  # the term of the sum that is the skip; whether it is more than the block's input


_Attention = collections.namedtuple("_Attention", "layer call count queries keys block")


def _size_hook(r, number, slots, index_of):
    def measure(_, gradients):
        r.backward = True
        g = gradients[number]
        size = _rms(g) if g is not None else 0.0
        for slot in slots:
            r.size[slot] = size
            if g is not None and r.histograms is not None and slot in index_of:
                r.flow[index_of[slot]] = _histogram(g)

    return measure


def _hook_block(r, i, total, skip):
    """Measures the gradient at a block's input, and its parts. The skip passes on the gradient of the sum."""
    (sum_node, sum_number), (input_node, input_number) = total, skip
    held = {}

    def at_sum(_, gradients):
        held["skip"] = gradients[sum_number]

    def at_input(_, gradients):
        through, whole = held.pop("skip", None), gradients[input_number]
        if through is None or whole is None:
            return
        through, whole = through.double(), whole.double()
        branch = whole - through
        a, b, t = _rms(through), _rms(branch), _rms(whole)
        r.blocks[i] = {"total_rms": t, "skip_rms": a, "branch_rms": b, "cosine": ((t / a * (t / b) - a / b - b / a) / 2).clamp(-1, 1)}
        r.size[("branch", i)] = b

    r.hooks += [sum_node.register_hook(at_sum), input_node.register_hook(at_input)]


def _split(name):
    parent, _, own = name.rpartition(".")
    return parent, own


def _path_of(weights):
    return (_split(weights[0])[0] or weights[0]).replace(".", "/")


# Attention, measured from the arguments of its call: docs/attention.md of gradflow says what.

_Term = collections.namedtuple("_Term", "rms cosine")
_Tokens = collections.namedtuple("_Tokens", "samples time hidden samples_first")  # hidden: padding, of shape (samples, time), or None
_HEAD = ("largest_logit", "entropy", "even_entropy", "first_share", "query_l2", "key_l2")
_Heads = collections.namedtuple("_Heads", ("queries", "keys", "maps") + _HEAD)

_MOST_LOGITS = 1 << 22  # that are computed at once
_LEAST_LOGIT = -745  # how far below the largest logit one may be for its key to count as seen: exp of it is the smallest float64


def _arguments(func, args, kwargs):
    """The arguments of multi_head_attention_forward by name; None if keys are not linear maps of the input alone."""
    given = dict(inspect.signature(func).bind(*args, **kwargs).arguments)
    if given.get("bias_k") is not None or given.get("add_zero_attn") or given.get("static_k") is not None:
        return None
    if given["query"].dim() == 2:  # one sample
        own = given["key"] is given["query"]
        given["query"] = given["query"].unsqueeze(1)
        given["key"] = given["query"] if own else given["key"].unsqueeze(1)
        if given.get("key_padding_mask") is not None:
            given["key_padding_mask"] = given["key_padding_mask"].unsqueeze(0)
    return given


def _measure_heads(given, side):
    """The heads of an attention, with maps of at most side rows and columns, and which keys are padding."""
    q, k = _queries_and_keys(given)
    (samples, heads, queries, width), keys = q.shape, k.shape[2]
    mask, padding = _added(given.get("attn_mask"), q), _added(given.get("key_padding_mask"), q)
    if mask is not None:
        mask = mask.reshape(-1, heads if mask.dim() == 3 else 1, queries, keys)
    hidden = None if padding is None else padding == -math.inf
    outside = hidden if given["key"] is given["query"] else None  # queries that are padding
    rows, columns = (_parts(n, min(side, n), q.device) for n in (queries, keys))
    sums, largest = 0, []
    at_once = max(1, _MOST_LOGITS // max(heads * queries * keys, 1))
    for i in range(0, samples, at_once):
        part = slice(i, i + at_once)
        logits = q[part] @ k[part].transpose(-2, -1) / math.sqrt(width)
        if mask is not None:
            logits = logits + (mask if len(mask) == 1 else mask[part])
        if padding is not None:
            logits = logits + padding[part, None, None]
        found, top = _sum_queries(_wide(logits), _wide(q[part]), None if outside is None else outside[part], rows, columns)
        sums = [a + b for a, b in zip(sums, found)] if sums else found
        largest.append(top)
    n = sums[0].clamp(min=1)
    norms = torch.linalg.vector_norm(_wide(k), dim=-1)
    seen = torch.ones_like(norms) if hidden is None else (~hidden[:, None]).to(norms).expand_as(norms)
    key_l2 = (norms * seen).sum((0, 2)) / seen.sum((0, 2)).clamp(min=1)
    maps = sums[6] / sums[5].clamp(min=1) if side else None
    return _Heads(queries, keys, maps, torch.stack(largest).amax(0), sums[1] / n, sums[2] / n, sums[3] / n, sums[4] / n, key_l2), hidden


def _queries_and_keys(given):
    """Queries and keys of shape (samples, heads, time, width of a head)."""
    packed, bias = given.get("in_proj_weight"), given.get("in_proj_bias")
    weights = packed.chunk(3) if not given.get("use_separate_proj_weight") else (given["q_proj_weight"], given["k_proj_weight"])
    biases = bias.chunk(3) if bias is not None else (None, None)
    heads = given["num_heads"]
    made = (torch.nn.functional.linear(given[name], w, b) for name, w, b in zip(("query", "key"), weights, biases))
    return [x.reshape(x.shape[0], x.shape[1], heads, -1).permute(1, 2, 0, 3) for x in made]


def _added(mask, like):
    """A mask as numbers that are added to logits."""
    if mask is None or mask.is_floating_point():
        return mask
    return torch.zeros(mask.shape, dtype=like.dtype, device=like.device).masked_fill(mask != 0, -math.inf)


def _parts(n, parts, device):
    """A matrix (parts, n) that adds up the elements of each of so many equal parts."""
    if not parts:
        return None
    part = ((torch.arange(n) + 1) * parts - 1).div(n, rounding_mode="floor")
    return torch.nn.functional.one_hot(part, parts).T.double().to("cpu" if device.type == "mps" else device)


def _sum_queries(logits, q, outside, rows, columns):
    """Sums over the queries of each head: how many, entropies, those of even probabilities, shares of the first key, norms; for the map
    the queries by row, and the probabilities by row and column. The largest logits come beside."""
    top = logits.amax(-1, keepdim=True)
    counted = top != -math.inf
    if outside is not None:
        counted = counted & ~outside[:, None, :, None].to(counted.device)
    below = torch.where(counted, logits - top, torch.zeros_like(logits))
    total = below.exp().sum(-1, keepdim=True)
    p = torch.where(counted, below.exp() / total, torch.zeros_like(below))
    counted = counted.squeeze(-1)
    entropy = total.log().squeeze(-1) - (p * below.clamp(min=_LEAST_LOGIT)).sum(-1)
    even = (below > _LEAST_LOGIT).sum(-1).clamp(min=1).to(p).log()
    values = (torch.ones_like(entropy), entropy, even, p[..., 0], torch.linalg.vector_norm(q, dim=-1))
    sums = [torch.where(counted, v, torch.zeros_like(v)).sum((0, 2)) for v in values]
    if rows is not None:
        sums += [(rows @ counted.to(p).sum(0)[..., None]), rows @ p.sum(0) @ columns.T]
    none = torch.full_like(top, -math.inf).squeeze(-1)
    return sums, torch.where(counted, top.squeeze(-1), none).amax((0, 2))


def _heads_of(heads, count):
    """The heads of an attention for a record; unknown if the call did not come."""
    if heads is None or len(heads.entropy) != count:
        return [dict.fromkeys(_HEAD, math.nan)] * count
    return [{name: getattr(heads, name)[i] for name in _HEAD} for i in range(count)]


def _map_of(heads, count):
    if heads is None or heads.maps is None or len(heads.entropy) != count:
        return {"rows": 0, "columns": 0, "heads": None}
    shares = (1000 * torch.nan_to_num(heads.maps.flatten(1), 0.0)).add(0.5).floor().long()
    return {"rows": heads.maps.shape[1], "columns": heads.maps.shape[2], "heads": shares.tolist()}


def _alike(x, tokens):
    """The mean cosine between two tokens of a sample, over all pairs and then over samples: (|sum u|^2 - n) / (n (n - 1)) of n unit vectors
    u. Padding and tokens of zeros do not count. NaN if x does not hold these tokens."""
    if x.dim() == 2 and tokens.samples == 1:
        x = x[None]
    elif x.dim() == 3 and x.shape[:2] == (tokens.time, tokens.samples) and not (tokens.samples_first and tokens.time == tokens.samples):
        x = x.transpose(0, 1)
    if x.dim() != 3 or x.shape[:2] != (tokens.samples, tokens.time):
        return math.nan
    x = _wide(x)
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    counted = norm != 0
    if tokens.hidden is not None:
        counted = counted & ~tokens.hidden[..., None].to(counted.device)
    total = torch.where(counted, x / norm, torch.zeros_like(x)).sum(1).square().sum(-1)
    n = counted.sum((1, 2)).to(total)
    pairs = n * (n - 1)
    return torch.where(pairs > 0, (total - n) / pairs, torch.zeros_like(n)).sum() / (pairs > 0).sum()


# Which steps are recorded and kept.

_Tiers = collections.namedtuple("_Tiers", "details histograms")


class _Selection:
    def __init__(self, details, histograms, max_records):
        self.gaps, self.max_records = (details, histograms), max_records
        self.last = [None, None]
        self.due, self.stride, self.kept = 0, 1, []

    def schedules(self):
        names = ("details", "histograms")
        return {n: f"at most every {g} steps" if g else "never" for n, g in zip(names, self.gaps)}

    def decide(self, step):
        """The tiers of a step, or None if it is not recorded."""
        self.due += 1
        if (self.due - 1) % self.stride:
            return None
        at = [self._selects(i, step) for i in range(2)]
        return _Tiers(at[0] or at[1], at[1])

    def _selects(self, i, step):
        if not self.gaps[i] or self.last[i] is not None and step < self.last[i] + self.gaps[i]:
            return False
        self.last[i] = step
        return True

    def keep(self, record, layers):
        """Keeps a record. At the largest number it first drops every other one and doubles the interval."""
        limit = self.max_records or min(1000, max(50, 200_000 // max(layers, 1)))
        if len(self.kept) >= limit:
            self.stride *= 2
            pairs = (self.kept[i:i + 2] for i in range(0, len(self.kept), 2))
            self.kept = [max(pair, key=lambda r: 2 * ("histograms" in r) + ("details" in r)) for pair in pairs]
        self.kept.append(record)
        with_histograms = [r for r in self.kept if "histograms" in r]
        if len(with_histograms) > MAX_HISTOGRAMS:
            for r in with_histograms[1::2]:
                del r["histograms"]


# Numbers. Sums of squares are taken in float64, as those of vanishing gradients are lost in float32. On a processor, where float64
# takes twice the time, they are taken in float32 if nothing can be lost, in pieces so short that rounding stays below 1e-6.


def _values(x):
    return x.detach().coalesce().values() if x.is_sparse else x.detach()


def _wide(x):
    return (x.cpu() if x.device.type == "mps" else x).double()


_PIECE = 4096


def _is_quick(x):
    return x.dtype == torch.float32 and x.device.type == "cpu" and x.is_contiguous() and x.numel() > 0


def _norm(x, order=2):
    """The norm of a float32 tensor in pieces: of order 2, or 1, the sum of the absolute values."""
    x = x.flatten()
    whole = x.numel() // _PIECE * _PIECE
    pieces = [torch.linalg.vector_norm(part, order, dim=1) for part in (x[:whole].view(-1, _PIECE), x[None, whole:]) if part.numel()]
    return torch.linalg.vector_norm(torch.cat(pieces).double(), order)


def _l2(x):
    if _is_quick(x):
        size = _norm(x)
        if 1e-14 * math.sqrt(x.numel()) < float(size) < 1e17:
            return size
    return torch.linalg.vector_norm(_wide(x))


def _rms(x):
    return _l2(x) / math.sqrt(max(x.numel(), 1))


def _abs_stats(x, n):
    if not x.numel():
        return dict.fromkeys(("l2", "max", "mean_abs"), 0.0)
    if not _is_quick(x):
        x = _wide(x)
        return {"l2": torch.linalg.vector_norm(x), "max": torch.linalg.vector_norm(x, math.inf), "mean_abs": x.abs().sum() / n}
    return {"l2": _l2(x), "max": torch.linalg.vector_norm(x, math.inf), "mean_abs": _norm(x, 1) / n}


def _mean_std(x):
    x = x.detach()
    if not _is_quick(x):
        std, mean = torch.std_mean(_wide(x), unbiased=False)
        return mean, std
    mean = x.sum() / x.numel()  # PyTorch sums by pairs, with little rounding
    return mean, _rms(x - mean)


def _pre_stats(z, histogram):
    mean, std = _mean_std(z)
    s = {"pre_mean": mean, "pre_std": std}
    if histogram:
        s["histogram"] = _histogram(z)
    return s


def _zero_share(x):
    return 1 - torch.count_nonzero(x.detach()).double() / max(x.numel(), 1)


def _act_stats(a):
    mean, std = _mean_std(a)
    return {"act_mean": mean, "act_std": std, "act_zero": _zero_share(a)}


def _filters(w):
    norms = torch.linalg.vector_norm(_wide(w).flatten(1), dim=1).sort().values
    n = len(norms)
    return {"min_l2": norms[0], "median_l2": (norms[(n - 1) // 2] + norms[n // 2]) / 2, "max_l2": norms[-1]}


def _clip_factor(before, after):
    """The factor by which clipping scaled the gradients, if it is the same for all."""
    ratios = [a / b for a, b in zip(after, before) if all(isinstance(v, float) and v > 0 for v in (a, b))]
    if not ratios or max(ratios) > 1.0001 * min(ratios):
        return {}
    return {"clip": 1.0 if abs(ratios[0] - 1) < 1e-6 else ratios[0]}


def _log10(size):
    if size is None:
        return torch.tensor(math.nan, dtype=torch.float64)
    return torch.log10(torch.as_tensor(size, dtype=torch.float64))


def _saturation(z, axis, borders):
    """Shares of saturated entries, and of units that are saturated in every entry."""
    if borders is None:
        return 0.0, 0.0
    saturated_low, points = borders
    z = z.detach()
    crossed = [z > p for p in points] or [torch.zeros_like(z, dtype=torch.bool)]
    for other in crossed[1:]:
        crossed[0] ^= other
    others = [d for d in range(z.dim()) if d != z.dim() + axis]
    counts = crossed[0].sum(dim=others) if others else crossed[0].long()
    each = z.numel() // max(z.shape[axis], 1)
    if saturated_low:
        counts = each - counts
    nan = torch.where(torch.isnan(z).any(), math.nan, 0.0)
    return counts.sum().double() / max(z.numel(), 1) + nan, (counts == each).double().mean() + nan


_known_borders = {}


def _borders(name, alpha, func, args, kwargs):
    """The points where an activation changes between saturated and live, from minus infinity up, and whether it begins saturated."""
    key = (name, alpha)
    if key not in _known_borders:
        try:
            _known_borders[key] = _find_borders(lambda z: func(z, *args, **{k: v for k, v in kwargs.items() if k not in ("inplace", "input")}))
        except (RuntimeError, TypeError):
            _known_borders[key] = None
    return _known_borders[key]


def _find_borders(f):
    def slope(z):
        with torch.enable_grad():
            z = z.clone().requires_grad_()
            return torch.autograd.grad(f(z * 1).sum(), z)[0].abs()

    grid = torch.arange(-32 * 64, 32 * 64 + 1, dtype=torch.float64) / 64
    at = slope(grid)
    top = grid[at.argmax()]
    fine = slope(torch.linspace(float(top) - 1 / 64, float(top) + 1 / 64, 2001, dtype=torch.float64)).max()
    limit = SATURATION_LIMIT * max(float(at.max()), float(fine))
    saturated = (at < limit).tolist()
    points = []
    for i in range(len(saturated) - 1):
        if saturated[i] == saturated[i + 1]:
            continue
        low, high = float(grid[i]), float(grid[i + 1])
        while low < (middle := low + (high - low) / 2) < high:
            if (float(slope(torch.tensor([middle], dtype=torch.float64))[0]) < limit) == saturated[i]:
                low = middle
            else:
                high = middle
        points.append(low)
    return saturated[0], points


def _histogram(x):
    """Counts by sign and power of two: bucket i holds 2^(low+i) <= |x| < 2^(low+i+1)."""
    x = _wide(_values(x)).flatten().cpu()
    finite = x[torch.isfinite(x) & (x != 0)]
    h = {"low": 0, "zero": int((x == 0).sum()), "nan": int(torch.isnan(x).sum()), "inf": int(torch.isinf(x).sum())}
    if finite.numel():
        exponent = torch.frexp(finite)[1].long() - 1
        low = int(exponent.min())
        n = int(exponent.max()) - low + 1
        h["low"] = low
        for key, chosen in (("negative", finite < 0), ("positive", finite > 0)):
            h[key] = torch.bincount(exponent[chosen] - low, minlength=n).tolist()
    return h


# JSON.


def _tensors(x):
    """All tensors in nested tuples, lists and dicts."""
    if torch.is_tensor(x):
        yield x
    elif isinstance(x, dict):
        for v in x.values():
            yield from _tensors(v)
    elif isinstance(x, (list, tuple)):
        for v in x:
            yield from _tensors(v)


def _known(d):
    return {k: v for k, v in d.items() if v is not None}


def _number(v):
    if math.isfinite(v):
        return v
    return "NaN" if math.isnan(v) else "+Inf" if v > 0 else "-Inf"


def _plain(record):
    """Makes numbers of all tensors, with one transfer from the device."""
    found = []

    def collect(x):
        if torch.is_tensor(x):
            found.append(x.reshape(()).double())
        elif isinstance(x, dict):
            for v in x.values():
                collect(v)
        elif isinstance(x, list):
            for v in x:
                collect(v)

    collect(record)
    devices = {t.device for t in found}
    if len(devices) > 1:
        found = [t.cpu() for t in found]
    numbers = iter(torch.stack(found).tolist() if found else [])

    def replace(x):
        if torch.is_tensor(x):
            return _number(next(numbers))
        if isinstance(x, dict):
            return {k: replace(v) for k, v in x.items()}
        if isinstance(x, list):
            return [replace(v) for v in x]
        return _number(x) if isinstance(x, float) else x

    return replace(record)


_OPTIMIZERS = {"SGD": "sgd", "Adam": "adam", "AdamW": "adamw", "RMSprop": "rmsprop", "Adagrad": "adagrad"}


def _describe_optimizer(optimizer):
    options, name = optimizer.param_groups[0], type(optimizer).__name__
    d = {"kind": _OPTIMIZERS.get(name, "other"), "learning_rate": float(options.get("lr", 0))}
    if d["kind"] == "other":
        d["name"] = name
    for key, to in (("momentum", "momentum"), ("alpha", "alpha"), ("eps", "epsilon"), ("weight_decay", "weight_decay"), ("lr_decay", "rate_decay")):
        if options.get(key):
            d[to] = float(options[key])
    if options.get("betas"):
        d["beta1"], d["beta2"] = map(float, options["betas"][:2])
    for key in ("nesterov", "centered"):
        if options.get(key):
            d[key] = True
    if len(optimizer.param_groups) > 1:
        d["groups"] = len(optimizer.param_groups)
    return {k: v for k, v in d.items() if v}
