"""Typed clients of what a deployment consists of.

They speak a protocol and raise one typed trouble when it is not kept (:mod:`clients.errors`). They take plain
arguments, know nothing of pytest or of environment files, and import nothing of gonogo but each other.
"""
