"""The ledger's front: what other services and the commands call. The modules beside it say how.

recording     EventRecorder: events, made in the transaction of the act
sequencing    Sequencer: their places in the tree, the files, the signature
publishing    publish_missing, repair_ledger: one replica made whole
proofs        prove, check_proof, proven: receipts
restoring     restore_from, restore_checkpoint: the events of one replica, for a rebuild
(audit.py)    verify: all of it compared with what was signed
"""

from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, catalogue_checkpoint
from preservation.services.ledger_proofs import ProofReport, check_proof, prove
from preservation.services.ledger_proven import proven
from preservation.services.ledger_publishing import (
    LedgerFault,
    LedgerRepair,
    PublishReport,
    publish_missing,
    repair_ledger,
)
from preservation.services.ledger_recording import EventRecorder
from preservation.services.ledger_restoring import restore_checkpoint, restore_from
from preservation.services.ledger_sequencing import Sequencer, SequencerReport

__all__ = [
    "EventRecorder",
    "LedgerFault",
    "LedgerRepair",
    "LedgerTrust",
    "ProofReport",
    "PublishReport",
    "Sequencer",
    "SequencerReport",
    "SignedCheckpoint",
    "catalogue_checkpoint",
    "check_proof",
    "prove",
    "proven",
    "publish_missing",
    "repair_ledger",
    "restore_checkpoint",
    "restore_from",
]
