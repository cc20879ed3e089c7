"""Services with limits, simulated, and how well the pacer uses them."""
