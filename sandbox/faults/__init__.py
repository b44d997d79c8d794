"""Defects put into a running sandbox on purpose: conditions in front of the deployment, and the catalogue of faults."""
