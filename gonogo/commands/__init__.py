"""Commands that ask more than the files of a run: what is live now."""
