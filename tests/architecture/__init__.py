"""How the packages are built: which part may import which, and a drawing of it."""
