"""Times painting one picture with every engine, beside the published program in PyTorch where a path to one is given.

    python benchmarks/inference.py --prepare models
    python benchmarks/inference.py models --reference torch_cyclegan.py --reference-python torch-venv/bin/python
    python benchmarks/inference.py --first-picture impressionism

The first command writes the generators of the presets paper and mobile, with initial weights, as every artefact; with
`--onnx` (which wants `pip install tf2onnx onnxruntime`) as ONNX too. The second runs each in a process of its own, one
after the other, in several rounds; ratios are taken within a round, since a machine changes its pace. Each process
says its median time for a picture, uint8 in and out, its peak resident memory and the time from its start to its first
picture. In every round the machine's rate of matrix products is measured, too: the share of it that is reached counts
two operations a multiply-add. The reference is called as `REFERENCE infer --size N --threads T --runs K` and prints one
line of JSON with `median_s`; it is the full network, float32 in and out.

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
SIZES, PRESETS = (256, 512), ("paper", "mobile")
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
    from tf_cyclegan.config import PRESETS as SETTINGS
    from tf_cyclegan.config import TrainConfig
    from tf_cyclegan.networks import build_generator, save_model
    from tf_cyclegan.summary import count

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
    from tf_cyclegan.networks import load_network

    model = serving_model(load_network(path))
    return model.predict_on_batch


def open_onnx(path: Path, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {session.get_inputs()[0].name: picture})[0]


def time_engine(options) -> dict[str, float]:
    """In this process: median seconds of a picture, and seconds from its start to the first one."""
    import numpy as np

    openers = {"keras": open_tensorflow, "saved_model": open_tensorflow, "onnx": open_onnx}
    run = openers.get(options.child, open_litert)(options.models, options.threads)
    size = options.sizes[0]
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    assert run(picture).shape == picture.shape
    first, seconds = time.time() - options.started, []
    run(picture)
    for _ in range(options.runs):
        began = time.perf_counter()
        run(picture)
        seconds.append(time.perf_counter() - began)
    return {"median_s": statistics.median(seconds), "first_s": first}


def time_products(side: int = 2048, runs: int = 9) -> dict[str, float]:
    """In this process: the machine's rate of float32 matrix products, in operations a second."""
    import numpy as np

    one = np.random.default_rng(0).random((side, side), np.float32)
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        one @ one
        seconds.append(time.perf_counter() - began)
    return {"rate": 2 * side**3 / statistics.median(seconds)}


def run(command: list[str], threads: int) -> dict[str, float]:
    """What a process prints in its last line, with its peak memory in MB."""
    environment = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))}
    with tempfile.TemporaryFile("w+") as messages:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, text=True, env=environment)
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            messages.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{messages.read()[-2000:]}")
    return {**json.loads(out.strip().splitlines()[-1]), "peak_mb": usage.ru_maxrss / 1024}


def call(engine: str, preset: str, size: int, options) -> dict[str, float]:
    threads, runs = options.threads, options.runs if preset == "mobile" else max(3, options.runs // 4)
    if engine == "reference":
        words = [options.reference_python, options.reference, "infer", "--size", str(size)]
        return run([*words, "--threads", str(threads), "--runs", str(runs)], threads)
    path = options.models / preset / ENGINES.get(engine, "").replace("SIZE", str(size))
    words = [sys.executable, __file__, str(path), "--child", engine, "--started", str(time.time())]
    return run([*words, "--sizes", str(size), "--threads", str(threads), "--runs", str(runs)], threads)


def file_mb(path: Path) -> float:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(f.stat().st_size for f in files if f.is_file()) / 1e6


def compare(size: int, options) -> None:
    """Prints the rows of one size: medians over the rounds; ratios are medians of the rounds' own."""
    wanted = [(e, p) for p in options.presets for e, name in ENGINES.items() if e in options.engines]
    jobs = [(e, p) for e, p in wanted if (options.models / p / ENGINES[e].replace("SIZE", str(size))).exists()]
    jobs = [*([("reference", "paper")] if options.reference else []), ("products", ""), *jobs]
    rounds = []
    for i in range(options.rounds):
        # Whoever comes second finds a warmer machine: they take turns.
        order = jobs if i % 2 == 0 else jobs[::-1]
        rounds.append({job: call(*job, size, options) for job in order})
    rate = statistics.median(r["products", ""]["rate"] for r in rounds)
    print(f"{size} px, {options.threads} threads; matrix products at {rate / 1e9:.0f} GFLOP/s", flush=True)
    print("| preset | engine | ms | times as fast | share | peak MB | file MB | first picture, s |\n|" + "---|" * 8)
    for engine, preset in jobs:
        if engine == "products":
            continue
        found = [r[engine, preset] for r in rounds]
        macs = json.loads((options.models / preset / "macs.json").read_text())[str(size)]
        shares = [2 * macs / f["median_s"] / r["products", ""]["rate"] for f, r in zip(found, rounds, strict=True)]
        ratios = [r["reference", "paper"]["median_s"] / r[engine, preset]["median_s"] for r in rounds if jobs[0] in r]
        ratio = (
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if options.reference else "–"
        )
        file = options.models / preset / ENGINES.get(engine, "").replace("SIZE", str(size))
        row = [preset, NAMES[engine], f"{1000 * statistics.median(f['median_s'] for f in found):.1f}", ratio]
        row += [f"{statistics.median(shares):.0%}", f"{max(f['peak_mb'] for f in found):.0f}"]
        row += ["–", "–"] if engine == "reference" else [f"{file_mb(file):.2f}", f"{_first(found):.2f}"]
        print(f"| {' | '.join(row)} |", flush=True)


def _first(found) -> float:
    return statistics.median(f["first_s"] for f in found)


def time_first_picture(style: str, runs: int) -> None:
    """Prints seconds from the start of `stylize` to its end, and its peak memory, at 512 pixels."""
    from PIL import Image

    code = "import json, sys; from tf_cyclegan.__main__ import main; status = main(sys.argv[1:]); print(json.dumps({}))"
    photo = next((ROOT / "streamlit_app" / "examples").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "photo.jpg"
        Image.open(photo).convert("RGB").resize((512, 512)).save(small, quality=92)
        words = ["stylize", str(small), "--style", style, "--out", str(small.with_name("out.jpg"))]
        found = []
        os.environ["PYTHONPATH"] = str(ROOT)
        for _ in range(runs):
            began = time.perf_counter()
            peak = run([sys.executable, "-c", code, *words], os.cpu_count() or 1)["peak_mb"]
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
    parser.add_argument("--runs", type=int, default=20, help="pictures timed in each process; of the full network less")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reference", help="the published program")
    parser.add_argument("--reference-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(time_products() if options.child == "products" else time_engine(options)))
    elif options.prepare:
        prepare(options.prepare, options.onnx)
    elif options.first_picture:
        time_first_picture(options.first_picture, options.runs)
    else:
        for size in options.sizes:
            compare(size, options)


if __name__ == "__main__":
    main()
