"""The one error of this package that is meant for the person who runs a command."""


class ReportError(Exception):
    """Input that cannot be used (a ledger, a policy, a folder). The message is one sentence that says what, where, and what to do."""
