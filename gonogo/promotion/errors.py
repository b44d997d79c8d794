"""How a step can end without having done its work."""


class UnusableInput(Exception):
    """An option, a file or a variable is of no use; nothing was done."""


class StepRefused(Exception):
    """The step was not done, or not to its end; the message says what is live now and what to do."""
