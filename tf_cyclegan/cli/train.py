"""`train`: a data set → a run."""

from tf_cyclegan.backend import start_keras
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.setting import settings_of


def add_train(commands) -> None:
    parser = commands.add_parser("train", help="a data set → a run; the same command continues it")
    parser.add_argument("data", help="prepared folder with trainA (photographs) and trainB (paintings)")
    parser.add_argument("--run", required=True, help="folder of the run")
    parser.add_argument("--preset", choices=PRESETS, help="default: what the run has; for a new one paper")
    for name in _train_options():
        # None for what is not given: the run or the preset has it.
        add_setting(parser, name, settings_of(TrainConfig)[name], default=None)
    parser.set_defaults(command=_train)


def _train_options() -> list[str]:
    return [name for name, declared in settings_of(TrainConfig).items() if declared.role not in ("place", "found")]


def _train(options) -> None:
    start_keras()
    from tf_cyclegan.train.settings import config_for
    from tf_cyclegan.train.training import train

    settings = {name: getattr(options, name) for name in _train_options()}
    sitting = train(config_for(options.data, options.run, options.preset, **settings))
    done = "finished" if sitting.finished else "the same command continues"
    print(f"{options.run}: step {sitting.stop} of {sitting.steps}; {done}")
