"""Times painting one picture with every engine, and with the published PyTorch program if a path to it is given.

    python benchmarks/inference.py --prepare models
    python benchmarks/inference.py models --reference torch_cyclegan.py --reference-python torch-venv/bin/python
    python benchmarks/inference.py --first-picture impressionism

The first command writes the generators of the presets paper and style, with initial weights, as every artefact; with
`--onnx` (which wants `pip install tf2onnx onnxruntime`) as ONNX too. The second opens each in a process of its own, and
has them paint by turns, a picture each (of the small network five), uint8 in and out; ratios are taken within a round,
since a machine changes its pace from second to second. The rate of matrix products is measured in every round, too, and
the share of it that is reached counts two operations a multiply-add. The reference is a file with a class `Generator`,
the full network in PyTorch, float32 in and out. Peak memory is VmHWM (Linux); "first picture" counts from the start of
a process.

The third times `stylize` itself: processes without TensorFlow, from their start to their end, at 512 pixels.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SIZES, PRESETS = (256, 512), ("paper", "style")
# Engine -> name of its file; SIZE is replaced.
ENGINES = {
    "onnx": "SIZE.onnx",
    "keras": "generator.keras",
    "saved_model": "saved_model",
    "float32": "SIZE_float32.tflite",
    "float16": "SIZE_float16.tflite",
    "int8_conv": "SIZE_int8_conv.tflite",
}
NAMES = {
    "reference": "PyTorch, eager, full",
    "onnx": "ONNX Runtime",
    "keras": "Keras",
    "saved_model": "SavedModel",
    **{p: f"LiteRT {p}" for p in ("float32", "float16", "int8_conv")},
}


def prepare(folder: Path, with_onnx: bool) -> None:
    """Writes every artefact of both presets."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np

    from export.integer import convert_integer
    from export.saved_model import serving_model, write_saved_model
    from export.tflite import convert
    from tf_cyclegan.networks.build import build_generator
    from tf_cyclegan.networks.cost import count
    from tf_cyclegan.networks.files import save_model
    from tf_cyclegan.run.config import TrainConfig
    from tf_cyclegan.run.presets import PRESETS as SETTINGS

    for preset in PRESETS:
        keras.utils.set_random_seed(0)
        config, out = TrainConfig(**SETTINGS[preset]), folder / preset
        generator = build_generator(config.generator, config.filters, norm=config.norm)
        out.mkdir(parents=True, exist_ok=True)
        save_model(generator, out / "generator.keras")
        write_saved_model(generator, out / "saved_model")
        macs = {}
        for size in SIZES:
            macs[str(size)] = count(generator, size, size).macs
            for precision in ("float32", "float16"):
                (out / f"{size}_{precision}.tflite").write_bytes(convert(generator, size, precision))
            noise = np.random.default_rng(0).integers(0, 256, (4, size, size, 3), dtype=np.uint8)
            (out / f"{size}_int8_conv.tflite").write_bytes(convert_integer(generator, size, "int8_conv", noise))
            if with_onnx:
                spec = keras.InputSpec(shape=(1, size, size, 3), dtype="uint8", name="picture")
                model = serving_model(generator)
                model.export(str(out / f"{size}.onnx"), format="onnx", input_signature=[spec], verbose=False)
        (out / "macs.json").write_text(json.dumps(macs))


def open_litert(path: Path, threads: int):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=threads)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run(picture):
        interpreter.set_tensor(taken, picture)
        interpreter.invoke()
        return interpreter.get_tensor(given)

    return run


def open_tensorflow(path: Path, threads: int):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if path.suffix != ".keras":
        model = tf.saved_model.load(str(path))  # Lives as long as the function below.
        return lambda picture: model.signatures["serving_default"](tf.constant(picture))["output_0"].numpy()
    from export.saved_model import serving_model
    from tf_cyclegan.networks.files import load_network

    model = serving_model(load_network(path))
    return model.predict_on_batch


def open_onnx(path: Path, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {session.get_inputs()[0].name: picture})[0]


def open_products(side: int = 2048):
    """A product of two float32 matrices, instead of painting."""
    import numpy as np

    one = np.random.default_rng(0).random((side, side), np.float32)
    return lambda _: one @ one


def serve(options) -> None:
    """In this process: says how long the first picture took from its start, then paints whenever a line comes in."""
    import numpy as np

    openers = {"keras": open_tensorflow, "saved_model": open_tensorflow, "onnx": open_onnx}
    size = options.sizes[0]
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    if options.child == "products":
        run = open_products()
    else:
        run = openers.get(options.child, open_litert)(options.models, options.threads)
        assert run(picture).shape == picture.shape
    print(time.time() - options.started, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        run(picture)
        print(time.perf_counter() - began, flush=True)


# The same for the published generator, in a Python that has PyTorch.
REFERENCE = """
import importlib.util, sys, time
import torch
path, size, threads = sys.argv[1], *map(int, sys.argv[2:4])
spec = importlib.util.spec_from_file_location("reference", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
torch.set_num_threads(threads)
network, picture = module.Generator().eval(), torch.rand(1, 3, size, size) * 2 - 1
with torch.no_grad():
    network(picture)
    print(time.time() - float(sys.argv[4]), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        network(picture)
        print(time.perf_counter() - began, flush=True)
"""


class Painter:
    """A process that paints on command."""

    def __init__(self, engine: str, preset: str, size: int, options):
        threads, started = str(options.threads), str(time.time())
        self.file = options.models / preset / ENGINES.get(engine, "").replace("SIZE", str(size))
        if engine == "reference":
            words = [options.reference_python, "-c", REFERENCE, options.reference, str(size), threads, started]
        else:
            words = [sys.executable, __file__, str(self.file), "--child", engine, "--started", started]
            words += ["--sizes", str(size), "--threads", threads]
        environment = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)}
        self._messages = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._messages, text=True, env=environment
        )
        self.first = self._read()
        self.seconds: list[float] = []

    def paint(self, count: int) -> None:
        """Adds the median time of `count` pictures."""
        found = []
        for _ in range(count):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            found.append(self._read())
        self.seconds.append(statistics.median(found))

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> None:
        self._process.communicate()

    def _read(self) -> float:
        line = self._process.stdout.readline()
        if not line:
            self._messages.seek(0)
            raise SystemExit(f"{self._process.args} failed:\n{self._messages.read()[-2000:]}")
        return float(line)


def file_mb(path: Path) -> float:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(f.stat().st_size for f in files if f.is_file()) / 1e6


def compare(size: int, options) -> None:
    """Prints the rows of one size: medians over the rounds; ratios and shares are medians of the rounds' own."""
    wanted = [(e, p) for p in options.presets for e, name in ENGINES.items() if e in options.engines]
    wanted = [(e, p) for e, p in wanted if (options.models / p / ENGINES[e].replace("SIZE", str(size))).exists()]
    jobs = [("products", ""), *([("reference", "paper")] if options.reference else []), *wanted]
    painters = {job: Painter(*job, size, options) for job in jobs}
    for i in range(options.rounds + 1):
        # Whoever comes second finds a warmer machine: they take turns. The first round warms up.
        for job in jobs if i % 2 == 0 else jobs[::-1]:
            painters[job].paint(5 if job[1] == "style" else 1)
            time.sleep(0.02)  # Threads of the one before go to sleep.
    rates = [2 * 2048**3 / s for s in painters.pop(("products", "")).seconds[1:]]
    print(f"{size} px, {options.threads} threads; matrix products at {statistics.median(rates) / 1e9:.0f} GFLOP/s")
    print("| preset | engine | ms | times as fast | share | peak MB | file MB | first picture, s |\n|" + "---|" * 8)
    reference = painters.get(("reference", "paper"))
    for (engine, preset), painter in painters.items():
        macs = json.loads((options.models / preset / "macs.json").read_text())[str(size)]
        print(f"| {preset} | {NAMES[engine]} {_row(painter, reference, macs, rates)}", flush=True)


def _row(painter: Painter, reference: Painter | None, macs: int, rates: list[float]) -> str:
    seconds = painter.seconds[1:]
    share = statistics.median(2 * macs / s / rate for s, rate in zip(seconds, rates, strict=True))
    row = [f"| {1000 * statistics.median(seconds):.1f}", "–", f"{share:.0%}"]
    if reference:
        ratios = sorted(r / s for r, s in zip(reference.seconds[1:], seconds, strict=True))
        row[1] = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    row += [f"{painter.peak_mb():.0f}", "–" if painter is reference else f"{file_mb(painter.file):.2f}"]
    painter.close()
    return f"{' | '.join([*row, f'{painter.first:.2f}'])} |"


def peak_of(command: list[str]) -> float:
    """Runs a process; its peak memory in MB."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_maxrss / 1024


def time_first_picture(style: str, runs: int) -> None:
    """Prints seconds from the start of `stylize` to its end, and its peak memory, at 512 pixels."""
    from PIL import Image

    code = "import sys; from tf_cyclegan.__main__ import main; sys.exit(main(sys.argv[1:]))"
    photo = next((ROOT / "streamlit_app" / "examples").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "photo.jpg"
        Image.open(photo).convert("RGB").resize((512, 512)).save(small, quality=92)
        words = ["stylize", str(small), "--style", style, "--out", str(small.with_name("out.jpg"))]
        found = []
        os.environ["PYTHONPATH"] = str(ROOT)
        for _ in range(runs):
            began = time.perf_counter()
            peak = peak_of([sys.executable, "-c", code, *words])
            found.append((time.perf_counter() - began, peak))
    seconds, peaks = zip(*found, strict=True)
    print(
        f"stylize, 512 px: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}) from start to"
    )
    print(f"end of the process, peak {max(peaks):.0f} MB, {runs} runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="?", type=Path, help="folder that --prepare wrote")
    parser.add_argument("--prepare", type=Path, metavar="DIR", help="write the artefacts")
    parser.add_argument("--onnx", action="store_true", help="with --prepare: as ONNX too")
    parser.add_argument("--first-picture", metavar="STYLE", help="time stylize")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--presets", nargs="+", default=PRESETS)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7, help="with --first-picture: processes")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--reference", help="the published program")
    parser.add_argument("--reference-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        serve(options)
    elif options.prepare:
        prepare(options.prepare, options.onnx)
    elif options.first_picture:
        time_first_picture(options.first_picture, options.runs)
    else:
        for size in options.sizes:
            compare(size, options)


if __name__ == "__main__":
    main()
