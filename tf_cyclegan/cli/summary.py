"""`summary`: a preset or a run → what it costs."""

from pathlib import Path

from tf_cyclegan.backend import start_keras
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.run.config import TrainConfig, load_config
from tf_cyclegan.run.folder import CONFIG
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.limits import MAX_SIDE
from tf_cyclegan.settings.setting import Setting

# A number that is not among the settings of any stage.
SIZE = Setting(None, "side of the picture in pixels", int, least=1, most=MAX_SIDE, unset="the crop that is trained on")


def add_summary(commands) -> None:
    parser = commands.add_parser("summary", help="a preset or a run → parameters, multiply-adds, activation memory")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--preset", choices=PRESETS)
    source.add_argument("--run", metavar="DIR", help="folder of a run, instead of a preset")
    add_setting(parser, "size", SIZE, metavar="PX")
    parser.set_defaults(command=_summary)


def _summary(options) -> None:
    config = load_config(Path(options.run) / CONFIG) if options.run else TrainConfig(**PRESETS[options.preset])
    start_keras()
    from tf_cyclegan.networks.cost import summarize, table

    size = config.crop if options.size is None else options.size
    costs = summarize(config, size)
    print(f"{options.run or options.preset}: one picture of {size}×{size} pixels\n\n{table(costs)}")
