"""What a promotion does on the platform, one step per command of `python -m promotion`; the ticket decides before whether it may."""
