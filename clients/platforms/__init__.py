"""What runs where, and how to change that: one module per platform behind the protocol of :mod:`clients.platforms.base`."""
