"""The command line: one sub-command per stage, which is imported only when it runs."""

import sys

from tf_cyclegan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
