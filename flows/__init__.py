"""What happens, in what order, with which config."""

import os

# Read once, when torch loads its OpenMP: waiting threads sleep. Two spinning ones on a busy two-core
# machine took 50 s for a training step that takes 6.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
