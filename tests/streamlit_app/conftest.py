"""Under `streamlit run` only the page's own folder is on the path; so it is here, and this folder next to it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1] / "streamlit_app"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
