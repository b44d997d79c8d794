"""A browser: what people see, and what pages load."""
