"""What a run concludes: ledger, policy, verdict, evidence and report.

Nothing in this package runs a check or talks to a deployment. It is given records and turns them into a conclusion, so that the
conclusion can be computed again, elsewhere and later, from the ledger alone.
"""
