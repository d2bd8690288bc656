"""`import-torch`: weights of the published PyTorch program → a `.keras` file."""

from tf_cyclegan.backend import start_keras
from tf_cyclegan.networks.published.layout import NORMS, PADDINGS
from tf_cyclegan.settings.choices import PUBLISHED_GENERATORS


def add_import_torch(commands) -> None:
    parser = commands.add_parser("import-torch", help="a .pth of the original PyTorch program → .keras")
    parser.add_argument("weights", help=".pth or .safetensors file; read without PyTorch, and no code in it is run")
    parser.add_argument("--generator", choices=PUBLISHED_GENERATORS, help="refuse the file if it is another network")
    parser.add_argument("--key", help="name of the network, where the file holds several; the error message lists them")
    parser.add_argument(
        "--padding",
        choices=PADDINGS,
        help="padding of a ResNet's blocks (default: zero where the file shows it, else reflect)",
    )
    parser.add_argument(
        "--norm", choices=NORMS, help="the norm, where the file does not show it (default: as the original program)"
    )
    parser.add_argument("--out", required=True, help=".keras file to write")
    parser.set_defaults(command=_import_torch)


def _import_torch(options) -> None:
    start_keras()
    from tf_cyclegan.networks.published.reading import import_torch

    asked = {"padding": options.padding, "norm": options.norm, "key": options.key}
    found = import_torch(options.weights, options.out, options.generator, **asked)
    padding = f", blocks padded by {found.padding}" if found.is_resnet else ""
    print(f"{options.out}: {found.kind}, {found.filters} filters, norm {found.norm}{padding}")
