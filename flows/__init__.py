"""What happens, in what order, with which config."""

import os

# Read once, when torch loads its OpenMP. Threads that wait spin a little, then sleep: spinning without
# end took 50 s for a training step that takes 6 on a busy two-core machine, sleeping at once 1.5 x on a quiet one.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
