"""`train`: a data set → a run."""

from tf_cyclegan.backend import start_keras
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.setting import settings_of


def add_train(commands) -> None:
    parser = commands.add_parser("train", help="a data set → a run; the same command continues it")
    data = (
        "prepared folder with trainA (photographs) and trainB (paintings); several, next to one another, for one "
        "network that paints several periods"
    )
    parser.add_argument("data", nargs="+", help=data)
    parser.add_argument("--run", required=True, help="folder of the run")
    parser.add_argument(
        "--preset", choices=PRESETS, help="set of settings (default: those of the run; style for a new run)"
    )
    for name in _train_options():
        # None means that the option is not given: then the value of the run or of the preset holds.
        add_setting(parser, name, settings_of(TrainConfig)[name], default=None)
    parser.set_defaults(command=_train)


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
