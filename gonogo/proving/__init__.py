"""What many runs prove: that healthy deployments are not blamed (soak), and that faulty ones are noticed (prove)."""
