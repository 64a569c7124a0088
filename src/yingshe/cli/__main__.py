"""`python -m yingshe.cli` is the command `yingshe`."""

import sys

from yingshe.cli import main

sys.exit(main())
