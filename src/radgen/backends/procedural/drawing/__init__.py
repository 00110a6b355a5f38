"""Drawing kit of all anatomy but the chest's: curves in millimetres, grids, inflated outlines, noise."""
