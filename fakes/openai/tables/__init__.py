"""The tables of all endpoints: what each does with every parameter of the specification."""
