"""`train`: a data set → a run."""

from dataclasses import replace

from tf_cyclegan.backend import start_keras
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import DEFAULT_PRESET, PRESETS
from tf_cyclegan.settings.setting import settings_of

# The subjects of --help and the settings of each, the everyday ones first. A setting that is in none is under the last.
_SUBJECTS = {
    "everyday options": (
        "steps",
        "batch",
        "crop",
        "start_from",
        "add_period",
        "backup",
        "max_minutes",
        "evaluate_every",
    ),
    "time and checkpoints": ("save_minutes", "save_steps", "sample_steps"),
    "pictures": ("load", "flip", "partners", "augment"),
    "networks": (
        *("generator", "filters", "generator_f", "filters_f", "norm", "dropout", "ema"),
        *("discriminator", "discriminator_filters", "n_layers", "pool_size"),
    ),
    "what is learned: terms of the loss and their weights": (
        *("gan_mode", "lambda_adversarial", "lambda_cycle_x", "lambda_cycle_y", "cycle_pixels", "lambda_identity"),
        *("lambda_paint", "lambda_content", "lambda_light"),
    ),
    "how it is learned: Adam and its rate": (
        *("learning_rate", "discriminator_rate", "warm_up", "schedule", "decay_from", "beta_1", "beta_2"),
        *("clip_norm", "accumulate"),
    ),
    "scoring (--evaluate-every)": ("features", "weights"),
    "machine": ("devices", "precision", "xla", "deterministic", "seed"),
}
_EPILOG = "A first style: %(prog)s data/monet --run runs/monet"


def add_train(commands) -> None:
    parser = commands.add_parser(
        "train",
        help="a data set → a run; the same command continues it",
        description="Trains on a prepared data set. Killed or finished, the same command continues the run.",
        usage="%(prog)s DATA [DATA ...] --run DIR [--preset {" + ",".join(PRESETS) + "}] [options]",
        epilog=_EPILOG,
    )
    data = (
        "prepared folder with trainA (photographs) and trainB (paintings); several, next to one another, for one "
        "network that paints several periods"
    )
    parser.add_argument("data", nargs="+", metavar="DATA", help=data)
    parser.add_argument("--run", required=True, metavar="DIR", help="folder of the run")
    new = f"{DEFAULT_PRESET} for a new run, whose values are the defaults below"
    preset = f"set of settings (default: those of the run; {new})"
    parser.add_argument("--preset", choices=PRESETS, help=preset)
    groups = {subject: parser.add_argument_group(subject) for subject in _SUBJECTS}
    for name in _sorted_options():
        # None means that the option is not given: then the value of the run or of the preset holds.
        declared = settings_of(TrainConfig)[name]
        declared = replace(declared, default=PRESETS[DEFAULT_PRESET].get(name, declared.default))
        place = {"metavar": "PATH"} if declared.role in ("run", "machine") else {}
        add_setting(groups[_subject_of(name)], name, declared, **{**place, "default": None})
    parser.set_defaults(command=_train)


def _subject_of(name: str) -> str:
    return next((subject for subject, names in _SUBJECTS.items() if name in names), [*_SUBJECTS][-1])


def _sorted_options() -> list[str]:
    named = [name for names in _SUBJECTS.values() for name in names]
    return sorted(_train_options(), key=lambda name: named.index(name) if name in named else len(named))


def _train_options() -> list[str]:
    return [name for name, declared in settings_of(TrainConfig).items() if declared.role not in ("place", "found")]


def _train(options) -> None:
    start_keras()
    from tf_cyclegan.run.presets import config_for, together
    from tf_cyclegan.train.training import train

    settings = {name: getattr(options, name) for name in _train_options()}
    data, periods = together(options.data)
    training = train(config_for(data, options.run, options.preset, periods=periods, **settings))
    done = "finished" if training.finished else "the same command continues"
    print(f"{options.run}: step {training.stop} of {training.steps}; {done}")
