"""What a promotion does on the platform, one step per command of `python -m gonogo promote`; the ticket decides before whether it may."""
