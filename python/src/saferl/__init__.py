"""Reads the runs of saferl into NumPy and pandas: configurations, metrics, evaluations, claims, checkpoints.

It reads files and trains nothing. `saferl.figures` draws with matplotlib, which is imported when that is used.
"""

from typing import TYPE_CHECKING

from .checkpoint import Checkpoint, CheckpointManifest
from .claims import Certificate, Claim, ClaimSubject, LedgerLine, load_certificate, load_claim, load_ledger
from .dataset import Dataset, load_dataset
from .errors import RunError, RunWarning
from .evaluation import Evaluation
from .manifest import RunManifest
from .policy import Policy, load_policy
from .reports import Assessment, Comparison, load_benchmark, load_comparison
from .run import Run
from .search import list_runs, runs
from .tensors import Tensors, load_tensors

if TYPE_CHECKING:
    from . import figures
else:

    def __getattr__(name: str) -> object:
        if name == "figures":
            from importlib import import_module

            return import_module(".figures", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__ = "0.2.0"

__all__ = [
    "Assessment", "Certificate", "Checkpoint", "CheckpointManifest", "Claim", "ClaimSubject", "Comparison", "Dataset",
    "Evaluation", "LedgerLine", "Policy", "Run", "RunError", "RunManifest", "RunWarning", "Tensors", "figures", "list_runs", "load_benchmark",
    "load_certificate", "load_claim", "load_comparison", "load_dataset", "load_ledger", "load_policy", "load_tensors", "runs",
]
