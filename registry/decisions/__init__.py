"""Whether an adapter may be used: evidence, approvals, refusals, and the four eyes that judge them."""
