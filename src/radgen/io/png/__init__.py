"""PNG that holds stored values without loss, and says that it is synthetic."""
