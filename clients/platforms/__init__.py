"""What runs where, and how to change that: one module per platform behind :class:`clients.platforms.base.Platform`.

:mod:`clients.platforms.registry` finds them by walking this package; how to add one: ``docs/add-a-platform.md``.
"""
